import type { Family } from '../model/family.ts'
import { FAMILIES, FAMILY } from '../model/family.ts'
import type { FamilyState, HostResult } from '../model/outcome.ts'
import { reasonText, sinceOf } from './causes.ts'
import { writeDifferences } from './difference-lines.ts'
import type { Look } from './entry.ts'
import { removalLines } from './first-deploy/removals.ts'
import { groupBy } from './fold.ts'
import { namesWithCount } from './names.ts'
import type { Part } from './parts.ts'
import { partsOf } from './parts.ts'
import { wrap } from './wrap.ts'

/** The differences of all hosts and who made them; hosts with the same ones are one paragraph. */
export function writeChanges(results: readonly HostResult[], look: Look): string {
  return groupBy(results.filter(hasChanges), changesKey)
    .map((group) => writeGroup(group, look))
    .join('\n')
}

/** Rules that a first deploy took away, named where nobody was shown the difference. */
export function writeGone(results: readonly HostResult[], look: Look): string {
  const first = results.filter((result) => result.outcome === 'confirmed' && result.generation === 1)
  return groupBy(
    first.filter((result) => goneText(result) !== ''),
    goneText,
  )
    .map((group) => {
      const heading = `First deploy on ${namesWithCount(group.map((each) => each.host))}. These rules went; generation 0 on the host keeps them:`
      const lines = goneText(group[0]).split('\n')
      return [...wrap(heading, look.columns), ...lines.map((line) => look.colours.red(`  ${line}`))]
        .map((line) => `${line}\n`)
        .join('')
    })
    .join('\n')
}

function hasChanges(result: HostResult): boolean {
  return statesOf(result).some(([family, state]) => partsOf(family, state).length > 0)
}

function changesKey(result: HostResult): string {
  return JSON.stringify([isFirst(result), result.families, result.removes])
}

function writeGroup(group: readonly [HostResult, ...HostResult[]], look: Look): string {
  const [first] = group
  const { colours, columns } = look
  const names = wrap(namesWithCount(group.map((each) => each.host)), columns).map(colours.bold)
  const note = isFirst(first)
    ? ['  First deploy here: what is marked − is kept on the host as generation 0.'].map(colours.yellow)
    : []
  const since = isFirst(first) ? ('never' as const) : sinceOf(group)
  const parts = statesOf(first)
    .flatMap(([family, state]) => partsOf(family, state))
    .flatMap((part) => [
      ...headingOf(part, reasonText(part, since), look),
      ...writeDifferences(part, colours),
    ])
  return [...names, ...note, ...removalLines(first, look), ...parts].map((line) => `${line}\n`).join('')
}

function headingOf({ subject }: Part, reason: string, { columns }: Look): readonly string[] {
  return wrap(`${subject}: ${reason}`, columns - HANGING).map(
    (line, index) => ' '.repeat(index === 0 ? 2 : HANGING) + line,
  )
}

const HANGING = 4

function goneText(result: HostResult): string {
  return statesOf(result)
    .flatMap(([family, { differences = [] }]) =>
      differences
        .filter((difference) => difference.in === 'live' && difference.line.startsWith('- -A '))
        .map(({ line }) => `${FAMILY[family].label}  ${line.slice(2)}`),
    )
    .join('\n')
}

function statesOf(result: HostResult): [Family, FamilyState][] {
  return FAMILIES.flatMap((family) => {
    const state = result.families[family]
    return state === undefined || state === null ? [] : [[family, state] as [Family, FamilyState]]
  })
}

function isFirst(result: HostResult): boolean {
  return result.outcome === 'confirmed' ? result.generation === 1 : result.generation === undefined
}
