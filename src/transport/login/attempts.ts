import type { AnyAuthMethod, KeyboardInteractiveCallback, Prompt } from 'ssh2'
import type { Secret } from '../../lib/secret.ts'
import type { Deadline } from '../deadline.ts'
import type { Ssh2 } from '../ssh2.ts'
import type { Credentials, Offer } from './credentials.ts'
import { makeKeyring } from './keyring.ts'

/** How the login of one session goes. */
export interface Attempts {
  /** What to try next; `undefined` if nothing is left. `accepted`: the methods that the server has named, if it has. */
  next(accepted: readonly string[] | undefined): AnyAuthMethod | undefined
  /** The server took what was tried last, and wants more. */
  tookLast(): void
  /** Is called when the server asks what is not ours to answer. */
  whenAsked(giveUp: () => void): void
  /** For messages: `the key ~/.ssh/id_ed25519`, `the agent`, `the password`; without those that the server took. */
  tried(): readonly string[]
  /** Those that the server took, which then wanted more. */
  taken(): readonly string[]
  /** What the server asked that is not ours to answer. */
  question(): string | undefined
  /** Why a key that the server would have taken could not sign. */
  failures(): readonly unknown[]
}

interface Step {
  readonly words: readonly string[]
  /** `undefined` if the server does not take this step. */
  method(accepted: readonly string[]): AnyAuthMethod | undefined
}

/**
 * Keys that were named for the host, then the password, then the other keys, then questions that are none; each as soon
 * as the server takes it.
 */
export function planAttempts(
  ssh2: Ssh2,
  user: string,
  credentials: Credentials,
  deadline: Deadline,
): Attempts {
  const failures: unknown[] = []
  const tried = new Set<string>()
  const taken = new Set<string>()
  const note = (error: unknown): void => {
    failures.push(error)
  }
  let question: string | undefined
  let giveUp = (): void => undefined
  const refuse: Ask = (asked) => {
    question = asked
    giveUp()
  }
  // A step a key: after each one the server may want something else than keys
  const keySteps = ({ words, identities }: Offer): Step[] =>
    identities.map((identity) => {
      const agent = makeKeyring(ssh2, [identity], deadline, note)
      const method = { type: 'agent', username: user, agent } as const
      return { words, method: (accepted) => (accepted.includes('publickey') ? method : undefined) }
    })
  const { named, password, usual } = credentials
  const steps = [
    ...keySteps(named),
    ...(password ? [passwordStep(user, password, refuse)] : []),
    ...keySteps(usual),
    silentStep(user, refuse, () => tried.has(PASSWORD)),
  ]
  // A key may be offered unasked; whether a password is wanted is asked first.
  const mustAsk = named.identities.length === 0 && (password !== undefined || usual.identities.length === 0)
  let last: Step | undefined
  return {
    next(accepted) {
      if (accepted === undefined && mustAsk) return { type: 'none', username: user }
      for (const [index, step] of steps.entries()) {
        const method = step.method(accepted ?? ['publickey'])
        if (method === undefined) continue
        steps.splice(index, 1)
        last = step
        for (const words of step.words) tried.add(words)
        return method
      }
      return undefined
    },
    tookLast() {
      for (const words of last?.words ?? []) {
        tried.delete(words)
        taken.add(words)
      }
    },
    whenAsked(whenStuck) {
      giveUp = whenStuck
    },
    tried: () => [...tried],
    taken: () => [...taken],
    question: () => question,
    failures: () => failures,
  }
}

const PASSWORD = 'the password'

type Ask = (question: string) => void

/** A wrong password is sent once, not by each method that would take it: failures are counted on the host. */
function passwordStep(user: string, password: Secret, refuse: Ask): Step {
  return {
    words: [PASSWORD],
    method(accepted) {
      if (accepted.includes('password'))
        return { type: 'password', username: user, password: password.reveal() }
      if (accepted.includes('keyboard-interactive'))
        return { type: 'keyboard-interactive', username: user, prompt: answerWith(password, refuse) }
      return undefined
    },
  }
}

/** PAM may let in without a question, as ssh finds out too; not if it would only ask for a password that was wrong. */
function silentStep(user: string, refuse: Ask, passwordWasWrong: () => boolean): Step {
  return {
    words: [],
    method: (accepted) =>
      accepted.includes('keyboard-interactive') && !passwordWasWrong()
        ? { type: 'keyboard-interactive', username: user, prompt: answerWith(undefined, refuse) }
        : undefined,
  }
}

function answerWith(password: Secret | undefined, refuse: Ask) {
  let left = password
  return (
    name: string,
    instructions: string,
    _language: string,
    prompts: Prompt[],
    finish: KeyboardInteractiveCallback,
  ): void => {
    // Only the one hidden question is about the password; a second one says that it was wrong, or asks for something else.
    const answer = prompts.length === 1 && prompts[0]?.echo !== true ? left : undefined
    left = undefined
    if (answer !== undefined) finish([answer.reveal()])
    else refuse([name, instructions, ...prompts.map(({ prompt }) => prompt)].join(' ').trim())
  }
}
