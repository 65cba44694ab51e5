import type { AuthContext } from 'ssh2'
import type { Behaviour } from './server/behaviour.ts'

const PROMPT = 'mailfw-sudo-password:'

/** What the servers were told, by case: the parent reads it from their stdout. */
function tell(name: string, what: string): void {
  console.log(JSON.stringify({ name, heard: what }))
}

/** A program that says something and notes all that it is told. */
function sudo(name: string, stderr: readonly string[], stdout: readonly string[] = []): Behaviour {
  return {
    started: (channel) => {
      channel.on('data', (chunk: Buffer) => {
        tell(name, chunk.toString())
      })
      channel.write('mailfw-ssh 127.0.0.1 1 127.0.0.1 22\n')
      for (const words of stdout) channel.write(words)
      let delay = 0
      for (const words of stderr) setTimeout(() => channel.stderr.write(words), (delay += 50))
      return true
    },
  }
}

function asking(name: string, prompts: readonly { prompt: string; echo: boolean }[]): Behaviour {
  const again = (context: AuthContext): void => {
    if (context.method !== 'keyboard-interactive') {
      context.reject(['keyboard-interactive'])
      return
    }
    const ask = (): void => {
      context.prompt([...prompts], (answers) => {
        tell(name, JSON.stringify(answers))
        setTimeout(ask, 50)
      })
    }
    ask()
  }
  return { authenticate: again }
}

export const behaviours: Readonly<Record<string, Behaviour>> = {
  'asks-once-and-again': sudo('asks-once-and-again', [PROMPT, `Sorry, try again.\n${PROMPT}`]),
  'asks-twice-at-once': sudo('asks-twice-at-once', [`${PROMPT}${PROMPT}`]),
  'asks-inside-of-words': sudo('asks-inside-of-words', [`the prompt is ${PROMPT} as you know\n`]),
  'asks-on-stdout': sudo('asks-on-stdout', [], [PROMPT]),
  'asks-behind-much-noise': sudo('asks-behind-much-noise', [PROMPT, `${'noise\n'.repeat(2_000)}${PROMPT}`]),
  'asks-after-ready': sudo('asks-after-ready', [PROMPT], ['mailfw-ready\n']),
  // As sudo-rs asks
  'words-behind-the-prompt': sudo('words-behind-the-prompt', [`[sudo: ${PROMPT}] Password: `]),
  'prompt-in-two-pieces': sudo('prompt-in-two-pieces', [
    '[sudo: mailfw-',
    `${PROMPT.slice(7)}] Pass`,
    'word: ',
  ]),
  'asks-for-a-new-one': sudo('asks-for-a-new-one', [`[sudo: ${PROMPT}] Current password: `]),
  'password-for-ever': asking('password-for-ever', [{ prompt: 'Password:', echo: false }]),
  'two-questions': asking('two-questions', [
    { prompt: 'Password:', echo: false },
    { prompt: 'Again:', echo: false },
  ]),
  'question-with-echo': asking('question-with-echo', [{ prompt: 'Password:', echo: true }]),
  'password-refused-for-ever': {
    authenticate: (context) => {
      if (context.method === 'password') tell('password-refused-for-ever', context.password)
      context.reject(['password', 'keyboard-interactive', 'publickey'])
    },
  },
}
