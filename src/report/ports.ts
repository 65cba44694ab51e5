import { FAMILY } from '../model/family.ts'
import type { HostResult, PortState, PortUse } from '../model/outcome.ts'
import type { Look } from './entry.ts'
import { groupBy } from './fold.ts'
import { namesWithCount } from './names.ts'
import type { Colours } from './output.ts'
import { cut, wrap } from './wrap.ts'

const HEAD = ['port', 'service', 'program', 'listens on', 'open to'] as const

/** Longer names are cut, so that the table fits on a terminal of 80 columns. */
const WIDEST = [15, 12, 14, 12, 16] as const

/** Who listens on each host beside what its rules open; hosts with the same ports are one table. */
export function writePorts(results: readonly HostResult[], look: Look): string {
  const told = results.filter(({ ports }) => ports !== undefined && ports.length > 0)
  return groupBy(told, ({ ports }) => JSON.stringify(ports))
    .map((group) => writeTable(group, look))
    .join('\n')
}

function writeTable(group: readonly [HostResult, ...HostResult[]], { colours, columns }: Look): string {
  const uses = group[0].ports ?? []
  const names = wrap(namesWithCount(group.map((each) => each.host)), columns).map(colours.bold)
  const rows = uses.map(cells)
  const widths = WIDEST.map((widest, column) =>
    Math.min(widest, Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? 0))),
  )
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => cut(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  const lines = [
    colours.dim(line(HEAD)),
    ...rows.map((row, index) => paint(uses[index]?.state ?? 'open', colours)(line(row))),
  ]
  return [...names, ...lines].map((text) => `${text}\n`).join('')
}

function cells(use: PortUse): readonly string[] {
  const { port, lastPort, protocol, service = '', program = '(no program)', state } = use
  const families = use.families.map((family) => FAMILY[family].label).join(', ')
  const isUnused = state === 'unused'
  return [
    `${port}${lastPort === undefined ? '' : `-${lastPort}`}/${protocol}`,
    service,
    isUnused ? '' : program,
    isUnused ? 'nobody' : families,
    `${openTo(use)}${isUnused && use.families.length === 1 ? ` (${families})` : ''}`,
  ]
}

function openTo({ state, openTo: whom }: PortUse): string {
  switch (state) {
    case 'closed':
      return 'nobody'
    case 'past-input':
      return 'past INPUT'
    case 'unclear':
      return 'not clear'
    case 'open':
    case 'unused':
      return typeof whom === 'number' ? `${whom} ${whom === 1 ? 'network' : 'networks'}` : 'any'
  }
}

function paint(state: PortState, colours: Colours): (text: string) => string {
  switch (state) {
    case 'open':
      return (text) => text
    case 'unclear':
      return colours.dim
    case 'closed':
    case 'unused':
    case 'past-input':
      return colours.yellow
  }
}
