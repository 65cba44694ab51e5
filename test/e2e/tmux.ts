import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A program on a real terminal, which can be looked at. */
export interface Pane {
  /** The rows of the screen, without what is empty at their ends. */
  readonly screen: () => Promise<readonly string[]>
  /** The same, behind what has been scrolled away. */
  readonly all: () => Promise<readonly string[]>
  /** The screen with its colours, as escape sequences. */
  readonly painted: () => Promise<readonly string[]>
  /** The screen once it is as wanted; rejects with what it shows where that does not come. */
  readonly until: (
    isIt: (screen: readonly string[]) => boolean | Promise<boolean>,
  ) => Promise<readonly string[]>
  readonly resize: (columns: number, rows: number) => Promise<void>
  /** Types, as tmux names keys. */
  readonly type: (...keys: readonly string[]) => Promise<void>
  /** What tmux knows, such as `#{cursor_flag}`. */
  readonly ask: (format: string) => Promise<string>
  /** Ends it and the program. */
  readonly close: () => Promise<void>
}

const MOST_MILLISECONDS = 30_000
const LOOK_MILLISECONDS = 30

/** `start` is how a program is started where the pane shall be; it ends with our process. */
export async function openPane(
  words: readonly string[],
  { columns, rows, start = startHere }: { columns: number; rows: number; start?: typeof startHere },
): Promise<Pane> {
  const directory = await mkdtemp(join(tmpdir(), 'mailfw-tmux-'))
  const socket = join(directory, 'socket')
  // In the foreground, so that it is a child of ours.
  const settings = join(directory, 'tmux.conf')
  await writeFile(settings, SETTINGS)
  const server = start(['tmux', '-S', socket, '-f', settings, '-D'])
  const run = async (...command: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('tmux', ['-N', '-S', socket, ...command], {
      encoding: 'utf8',
    })
    return stdout
  }
  const capture = async (...how: readonly string[]): Promise<readonly string[]> => {
    const text = await run('capture-pane', '-p', ...how)
    return text.replace(/\n+$/, '').split('\n')
  }
  const pane: Pane = {
    screen: () => capture(),
    all: () => capture('-S', '-'),
    painted: () => capture('-e'),
    until: async (isIt) => {
      let screen = await pane.screen()
      for (const end = Date.now() + MOST_MILLISECONDS; !(await isIt(screen)); screen = await pane.screen()) {
        if (Date.now() > end) throw new Error(`Expected another screen than:\n${screen.join('\n')}`)
        await pause(LOOK_MILLISECONDS)
      }
      return screen
    },
    resize: async (width, height) => {
      await run('resize-window', '-x', String(width), '-y', String(height))
    },
    type: async (...keys) => {
      await run('send-keys', ...keys)
    },
    ask: async (format) => (await run('display-message', '-p', format)).trim(),
    close: async () => {
      server.kill('SIGKILL')
      await rm(directory, { recursive: true, force: true })
    },
  }
  await untilDone(() => run('show-options', '-g'))
  await run('new-session', '-d', '-x', String(columns), '-y', String(rows), '--', ...words)
  return pane
}

/** Without `exit-empty` the server would end before the first session has come. */
const SETTINGS = `
set-option -g exit-empty off
set-option -g status off
set-option -g history-limit 20000
set-option -g remain-on-exit on
set-option -g remain-on-exit-format ''
set-option -g default-terminal tmux-256color
`

function startHere(words: readonly string[]): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...words], { stdio: 'ignore' })
}

/** A socket is there a moment before somebody listens at it. */
async function untilDone(attempt: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + MOST_MILLISECONDS
  for (;;) {
    try {
      await attempt()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await pause(LOOK_MILLISECONDS)
    }
  }
}
