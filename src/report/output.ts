import pico from 'picocolors'

/** A standard stream of the process: what Node's own ones look like, as far as it matters here. */
export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean
  readonly columns?: number
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
  readonly write: (text: string) => void
}

export const COLOUR_MODES = ['auto', 'always', 'never'] as const

export type ColourMode = (typeof COLOUR_MODES)[number]

type Environment = Readonly<Record<string, string | undefined>>

const LOG_COLUMNS = 100

/** Each stream decides for itself: a pipe stays plain while the terminal beside it has colours. */
export function createOutput(stream: OutputStream, env: Environment, mode: ColourMode): Output {
  const terminal = stream.isTTY === true && env['TERM'] !== 'dumb'
  return {
    stream,
    terminal,
    colours: pico.createColors(wantsColours(terminal, env, mode)),
    // A terminal that nobody gave a size says 0.
    columns: () => Math.max(40, (terminal && stream.columns) || LOG_COLUMNS),
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
