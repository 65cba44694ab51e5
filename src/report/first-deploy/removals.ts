import { FAMILY } from '../../model/family.ts'
import type { HostResult, Removal } from '../../model/outcome.ts'
import type { Look } from '../entry.ts'
import { groupBy } from '../fold.ts'
import { namesWithCount } from '../names.ts'
import { wrap } from '../wrap.ts'

const WHERE: Readonly<Record<Removal['in'], string>> = {
  both: 'live and saved',
  live: 'live',
  saved: 'saved',
}

/** `IPv4 *filter, live and saved; seems to be: ufw`, with the rules that it is about. */
export function removalBlocks({ removes = [] }: Pick<HostResult, 'removes'>): readonly RemovalBlock[] {
  return groupBy(removes, ({ family, in: where, table, owner }) =>
    JSON.stringify([family, where, table, owner]),
  ).map(([first, ...others]) => ({
    place: `${FAMILY[first.family].label} *${first.table}, ${WHERE[first.in]}`,
    owner: first.owner,
    lines: [first, ...others].map(({ line }) => line),
  }))
}

export interface RemovalBlock {
  readonly place: string
  readonly owner: string
  readonly lines: readonly string[]
}

/** What a first deploy takes away from one host, or took; nothing if that does not matter any more. */
export function removalLines(result: HostResult, { colours }: Look): readonly string[] {
  const title = TITLES[result.outcome]
  const blocks = title === undefined ? [] : removalBlocks(result)
  if (blocks.length === 0) return []
  return [
    colours.yellow(`  Not in the inventory, ${title}:`),
    ...blocks.flatMap(({ place, owner, lines }) => [
      `    ${place}; seems to be: ${owner}`,
      ...lines.map((line) => `      ${colours.red(line)}`),
    ]),
  ]
}

const TITLES: Partial<Record<HostResult['outcome'], string>> = {
  'would-change': 'will go',
  held: 'will go',
  failed: 'will go',
  confirmed: 'went',
}

/** The hosts that a deploy left alone for that. */
export function writeRefused(results: readonly HostResult[], look: Look): string {
  const refused = results.filter(({ code }) => code === 'first-deploy-removes')
  return groupBy(refused, ({ removes }) => JSON.stringify(removes))
    .map((group) => {
      const names = wrap(namesWithCount(group.map((each) => each.host)), look.columns).map(look.colours.bold)
      return [...names, ...removalLines(group[0], look)].map((line) => `${line}\n`).join('')
    })
    .join('\n')
}
