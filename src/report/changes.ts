import type { Family } from '../model/family.ts'
import { FAMILIES, FAMILY } from '../model/family.ts'
import type { FamilyState, HostResult } from '../model/outcome.ts'
import type { Look } from './entry.ts'
import { groupBy } from './fold.ts'
import { namesWithCount } from './names.ts'
import type { Colours } from './output.ts'
import { wrap } from './wrap.ts'

const LIVE = {
  'as-wanted': 'live as wanted',
  differs: 'live differs',
  'cannot-compare': 'live cannot be compared before it is applied',
} as const

const SAVED = { 'as-wanted': 'as wanted', differs: 'differs', absent: 'is missing' } as const

/** The differences of all hosts; hosts with the same ones are one paragraph. */
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
  return statesOf(result).some(([, state]) => !isAsWanted(state))
}

function changesKey(result: HostResult): string {
  return JSON.stringify([isFirst(result), result.families])
}

function writeGroup(group: readonly [HostResult, ...HostResult[]], { colours, columns }: Look): string {
  const [first] = group
  const names = wrap(namesWithCount(group.map((each) => each.host)), columns).map(colours.bold)
  const note = isFirst(first)
    ? ['  First deploy here: what is marked − is kept on the host as generation 0.'].map(colours.yellow)
    : []
  const states = statesOf(first).flatMap(([family, state]) => writeState(family, state, colours))
  return [...names, ...note, ...states].map((line) => `${line}\n`).join('')
}

function writeState(family: Family, state: FamilyState, colours: Colours): string[] {
  if (isAsWanted(state)) return []
  const diff = state.diff === undefined ? [] : state.diff.replace(/\n$/, '').split('\n')
  return [
    `  ${FAMILY[family].label}: ${[liveText(state), savedText(state)].filter((text) => text !== '').join(', ')}`,
    ...diff.filter((line) => line !== '').map((line) => diffLine(line, colours)),
  ]
}

function liveText({ live }: FamilyState): string {
  return live === undefined ? '' : LIVE[live]
}

function savedText({ saved, savedPath = 'the saved file' }: FamilyState): string {
  return saved === undefined ? '' : `${savedPath} ${SAVED[saved]}`
}

function diffLine(line: string, colours: Colours): string {
  if (line.startsWith('+')) return `    ${colours.green(line)}`
  if (line.startsWith('-')) return `    ${colours.red(line)}`
  return `    ${colours.dim(line)}`
}

function goneText(result: HostResult): string {
  return statesOf(result)
    .flatMap(([family, state]) =>
      (state.diff ?? '')
        .split('\n')
        .filter((line) => line.startsWith('- -A '))
        .map((line) => `${FAMILY[family].label}  ${line.slice(2)}`),
    )
    .join('\n')
}

function statesOf(result: HostResult): [Family, FamilyState][] {
  return FAMILIES.flatMap((family) => {
    const state = result.families[family]
    return state === undefined || state === null ? [] : [[family, state] as [Family, FamilyState]]
  })
}

function isAsWanted({ live, saved, diff }: FamilyState): boolean {
  return (
    (live ?? 'as-wanted') === 'as-wanted' && (saved ?? 'as-wanted') === 'as-wanted' && (diff ?? '') === ''
  )
}

function isFirst(result: HostResult): boolean {
  return result.outcome === 'would-change' ? result.generation === undefined : result.generation === 1
}
