import type { BenchReport } from './bench-report.ts'
import type { GoalResult } from './goals.ts'
import type { Pair, Result } from './results.ts'

/** The report as text: the table in Markdown, which a terminal reads as well as a README, and below it the goals. */
export function tableText(report: BenchReport): string {
  const { machine, hosts, forks, notes, missing } = report
  return [
    `\`${report.command}\`, ${report.date}; the controller and all hosts on one machine:`,
    `${machine.processors}, ${machine.memory}, Linux ${machine.kernel}, Node ${machine.node}, ${machine.openssh}.`,
    `${hosts} hosts, ${forks} at once. Medians; ratios are medians of the ratios of each round.`,
    '',
    ...aligned([HEAD, ...report.rows.map(cells)]),
    '',
    ...notes.map((note) => `- ${note}`),
    ...(report.rows.some(lacksCpu) ? [`- ${NO_CPU}`] : []),
    ...missing.map(({ name, missing: why }) => `- ${name} is missing: ${why}`),
    ...report.rows.flatMap(({ label, problem }) =>
      problem === undefined ? [] : [`- ${label} failed: ${problem}`],
    ),
    '',
    'Goals, not gates:',
    ...report.goals.map(goalLine),
    `- ${reportLine(report)}`,
  ].join('\n')
}

const HEAD = ['', 'wall s', 'CPU s', 'wall x floor', 'CPU x floor', 'wall x mailfw', 'CPU x mailfw', 'rounds']

const NO_CPU =
  "the controller's CPU was not counted: no control group of version 2 can be made here, below the one of this process"

function lacksCpu({ seconds }: Result): boolean {
  return seconds.wall !== undefined && seconds.cpu === undefined
}

function cells({ label, rounds, seconds, ofFloor, ofMailfw, problem }: Result): readonly string[] {
  if (problem !== undefined) return [label, 'error', ...HEAD.slice(2).map(() => '')]
  return [label, ...figures(seconds), ...figures(ofFloor), ...figures(ofMailfw), String(rounds)]
}

function figures({ wall, cpu }: Pair): readonly string[] {
  return [wall, cpu].map((figure) => (figure === undefined ? '' : readable(figure)))
}

/** Three digits are more than such a run can tell. */
function readable(figure: number): string {
  return figure < 100 ? figure.toFixed(2) : figure.toFixed(0)
}

/** The lines of a Markdown table whose columns line up. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => pad(row[column] ?? '', width, column)).join(' | ')} |`
  const rule = `|${widths.map((width, column) => '-'.repeat(width + 1) + (column === 0 ? '-' : ':')).join('|')}|`
  return rows.flatMap((row, index) => (index === 0 ? [line(row), rule] : [line(row)]))
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width)
}

function goalLine({ goal, figure, status }: GoalResult): string {
  return `- ${goal}: ${figure === undefined ? status : `${readable(figure)} x, ${status}`}`
}

function reportLine({ report: { hosts, seconds, boundSeconds } }: BenchReport): string {
  const status = seconds <= boundSeconds ? 'reached' : 'missed'
  return `an HTML report of ${hosts} hosts in ${boundSeconds} s: ${readable(seconds)} s, ${status}`
}
