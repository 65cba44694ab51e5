import type { Family } from '../../model/family.ts'
import { FAMILIES } from '../../model/family.ts'
import type { FamilyState } from '../../model/outcome.ts'
import type { Examination } from '../../remote/examine.ts'
import type { Ruleset } from '../../ruleset/parse.ts'
import { parseRuleset, ruleLine } from '../../ruleset/parse.ts'
import { loaderLog } from './loaders.ts'

/** Whether the host has booted since its newest generation, and no rule of that is live. Throws RulesetError. */
export function notLoadedAtBoot(examination: Examination, family: Family): boolean {
  const examined = examination.families[family]
  if (examined === undefined || !isOtherBoot(examination)) return false
  const ours = rulesIn(parseRuleset(examined.former))
  const live = new Set(rulesIn(parseRuleset(examined.live)))
  return ours.length > 0 && !ours.some((rule) => live.has(rule))
}

/** The command that shows why, if a plan has that cause. */
export function whyNotLoaded(
  states: Partial<Readonly<Record<Family, FamilyState | null>>>,
  examination: Examination,
): string | undefined {
  const families = FAMILIES.filter((family) =>
    states[family]?.differences?.some(({ cause }) => cause === 'not-loaded-at-boot'),
  )
  return families.length === 0 ? undefined : loaderLog(examination, families)
}

/** Clocks differ by less than a boot takes. */
const CLOCK_MS = 20_000

/** Receipts of older versions do not tell the boot; their time does, if the clocks are right. */
function isOtherBoot({ receipt, bootId, askedAt, uptimeSeconds }: Examination): boolean {
  if (receipt === undefined) return false
  if (receipt.boot !== undefined) return receipt.boot !== bootId
  return receipt.at !== undefined && Date.parse(receipt.at) < askedAt - uptimeSeconds * 1_000 - CLOCK_MS
}

function rulesIn(ruleset: Ruleset): readonly string[] {
  return ruleset.flatMap((table) =>
    table.chains.flatMap(({ name, rules }) => rules.map((rule) => `${table.name} ${ruleLine(name, rule)}`)),
  )
}
