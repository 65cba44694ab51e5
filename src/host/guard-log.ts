const FIRST_LINES = 6
const LAST_LINES = 4
const LONGEST_LINE = 400

export interface GuardLog {
  /** A line each, behind its time. */
  readonly text: string
  /** The uptime of the last line; absent where there is none. */
  readonly last?: number
}

/**
 * The guard's log, whose lines begin with the host's uptime, with times that a person can read: `atUptime` makes them.
 * A guard that tried again and again repeats itself: the middle of a long log is left out.
 */
export function guardLog(log: string, atUptime: (uptime: number) => string): GuardLog {
  const lines = log.split('\n').filter((line) => line.trim() !== '')
  const last = lines.map(uptimeOf).findLast((uptime) => uptime !== undefined)
  const told = lines.map((line) => withTime(line, atUptime).slice(0, LONGEST_LINE))
  return { text: shortened(told).join('\n'), ...(last !== undefined && { last }) }
}

function uptimeOf(line: string): number | undefined {
  const [, digits] = /^([0-9]{1,10}) /.exec(line) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** What a program said over several lines has no time of its own. */
function withTime(line: string, atUptime: (uptime: number) => string): string {
  const uptime = uptimeOf(line)
  return uptime === undefined ? line : `${atUptime(uptime)}${line.slice(line.indexOf(' '))}`
}

function shortened(lines: readonly string[]): readonly string[] {
  const left = lines.length - FIRST_LINES - LAST_LINES
  return left <= 0
    ? lines
    : [...lines.slice(0, FIRST_LINES), `… ${left} lines left out …`, ...lines.slice(-LAST_LINES)]
}
