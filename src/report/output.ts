import pico from 'picocolors'

/** A standard stream of the process: what Node's own ones look like, as far as it matters here. */
export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export type Colours = ReturnType<typeof pico.createColors>

/** One stream and how to write to it. */
export interface Output {
  readonly stream: OutputStream
  /** A person is watching: it may be redrawn. */
  readonly terminal: boolean
  readonly colours: Colours
  /** As wide as the terminal is now; where there is none, a width that reads well in a log. */
  readonly columns: () => number
  /** What the terminal really has now, for what is drawn in place. */
  readonly size: () => { readonly columns: number; readonly rows: number }
  /** Whether the terminal breaks its lines anew when it becomes narrower. */
  readonly reflows: boolean
  /** Calls `action` each time the terminal has another size, until the returned function is called. */
  readonly onResize: (action: () => void) => () => void
  readonly write: (text: string) => void
}

export const COLOUR_MODES = ['auto', 'always', 'never'] as const

export type ColourMode = (typeof COLOUR_MODES)[number]

type Environment = Readonly<Record<string, string | undefined>>

const LOG_COLUMNS = 100
const USUAL = { columns: 80, rows: 24 }

/** Each stream decides for itself: a pipe stays plain while the terminal beside it has colours. */
export function createOutput(stream: OutputStream, env: Environment, mode: ColourMode): Output {
  const terminal = stream.isTTY === true && env['TERM'] !== 'dumb'
  return {
    stream,
    terminal,
    colours: pico.createColors(wantsColours(terminal, env, mode)),
    // A terminal that nobody gave a size says 0.
    columns: () => Math.max(40, (terminal && stream.columns) || LOG_COLUMNS),
    size: () => ({ columns: stream.columns || USUAL.columns, rows: stream.rows || USUAL.rows }),
    // xterm and the console of Linux cut them; what runs in tmux inside of xterm sees tmux.
    reflows: env['TERM'] !== 'linux' && (env['XTERM_VERSION'] === undefined || env['TMUX'] !== undefined),
    onResize: (action) => {
      stream.on('resize', action)
      return () => {
        stream.removeListener('resize', action)
      }
    },
    write: (text) => {
      stream.write(text)
    },
  }
}

/** The flag, then https://no-color.org, then FORCE_COLOR, then whether it is a terminal. */
function wantsColours(terminal: boolean, env: Environment, mode: ColourMode): boolean {
  if (mode !== 'auto') return mode === 'always'
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return terminal
}
