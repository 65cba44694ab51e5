import { FAMILIES } from '../../src/model/family.ts'
import type { Family } from '../../src/model/family.ts'
import type { Difference, HostResult } from '../../src/model/outcome.ts'
import type { Random } from '../faults/random.ts'
import { pick } from '../faults/random.ts'
import { savedPaths } from '../lab/boot-loader.ts'
import type { LabHost } from '../lab/host.ts'
import type { Edited } from './edit.ts'
import { randomEdit } from './edit.ts'
import { isForeign } from './kernel-hosts.ts'
import { misses } from './oracle.ts'
import { readSave, writeSave } from './save-text.ts'
import { inWrittenWords } from './written-words.ts'

/** One edit that was made on a host. */
export interface HostEdit {
  readonly host: LabHost
  readonly where: Difference['in']
  readonly family: Family
  readonly edit: Edited
  /** What was there before, and what is there now. */
  readonly wanted: string
  readonly found: string
  /** A difference, in words that these are in. */
  readonly inWords: (difference: Difference) => Difference
  readonly undo: () => Promise<void>
}

/** Edits what is live or saved on a host at random: another edit, where the kernel refuses one or `isReachable` no more holds. */
export async function editHost(
  random: Random,
  host: LabHost,
  isReachable: (host: LabHost) => Promise<boolean>,
): Promise<HostEdit> {
  for (;;) {
    const family = pick(random, FAMILIES)
    const made = await pick(random, [editLive, editSaved])(random, host, family)
    if (made !== undefined && (await isReachable(host))) return made
    await made?.undo()
  }
}

/** What a check did not tell of an edit, or told too much. */
export function missesOf(
  { where, family, wanted, found, inWords }: HostEdit,
  result: HostResult,
): readonly string[] {
  const all = FAMILIES.flatMap((each) =>
    (result.families[each]?.differences ?? []).map((difference) => ({ family: each, difference })),
  )
  const isHere = (one: (typeof all)[number]) => one.family === family && one.difference.in === where
  const here = all.filter(isHere).map(({ difference }) => difference)
  const ours = where === 'live' ? isForeign : () => false
  return [
    ...(result.outcome === 'would-change'
      ? []
      : [`expected would-change, got ${result.outcome}: ${result.message}`]),
    ...misses({ found, wanted, isForeign: ours, told: here.map(inWords) }),
    ...all
      .filter((one) => !isHere(one))
      .map((one) => `${one.difference.in} ${one.family} was not changed: ${one.difference.line}`),
    ...here
      .filter(({ cause }) => cause !== 'host')
      .map(({ cause, line }) => `expected the cause host, got ${cause}: ${line}`),
  ]
}

type Edit = (random: Random, host: LabHost, family: Family) => Promise<HostEdit | undefined>

/** Of the tables that are wanted: what stands in others is nobody's business. */
const editLive: Edit = async (random, host, family) => {
  const tables = readSave(await host.succeed(`cat ${savedPaths.debian[family]}`)).map(({ name }) => name)
  const live = async () => {
    const all = readSave(await host.save(family))
    return writeSave(all.filter(({ name }) => tables.includes(name)))
  }
  const load = (text: string) => host.run(RESTORE[family], { input: text })
  const wanted = await live()
  const edit = randomEdit(random, wanted, isForeign)
  const { code } = await load(edit.text)
  const found = await live()
  if (code !== 0 || found === wanted) return undefined
  const undo = async () => {
    await load(wanted)
  }
  return { host, where: 'live', family, edit, wanted, found, inWords: (difference) => difference, undo }
}

const editSaved: Edit = async (random, host, family) => {
  const path = savedPaths.debian[family]
  const wanted = await host.succeed(`cat ${path}`)
  const edit = randomEdit(random, wanted, isForeign)
  const write = (text: string) => host.succeed(`cat >${path}`, { input: text })
  await write(edit.text)
  const undo = async () => {
    await write(wanted)
  }
  const inWords = inWrittenWords(wanted, await host.save(family))
  return { host, where: 'saved', family, edit, wanted, found: edit.text, inWords, undo }
}

const RESTORE: Readonly<Record<Family, string>> = { v4: 'iptables-restore', v6: 'ip6tables-restore' }
