import type { Applied, FamilyTexts } from '../remote/attempt.ts'
import { RulesetError } from '../ruleset/parse.ts'
import type { Attempt } from './attempt.ts'
import { factsOfTexts } from './facts.ts'
import type { Plan } from './plan.ts'
import { canonicalFromLive } from './plan.ts'

/** What a generation keeps for the next comparison: wanted as the host writes it, and what that depends on. */
export interface Comparable {
  readonly canonical: FamilyTexts
  /** Empty where the texts are not the host's own: then it never takes them for that. */
  readonly facts: string
}

/** Where no scratch namespace is allowed, what live reads after the change is what is compared from now on. */
export function comparable({ goal, plan, examination, applied }: Attempt): Comparable {
  const { facts } = examination
  if (!plan.cannotCompare) return { canonical: plan.canonical, facts }
  if (applied === undefined || !isWhole(plan, applied)) return { canonical: plan.canonical, facts: '' }
  const texts = plan.families.map((family) => [
    family,
    canonicalFromLive(applied.texts[family] ?? '', goal.wanted[family] ?? '', plan.foreign),
  ])
  return { canonical: Object.fromEntries(texts) as FamilyTexts, facts }
}

/** Whether the texts are those that the host made its hash of: iptables-save may have been cut short between the two. */
function isWhole(plan: Plan, { live, texts }: Applied): boolean {
  try {
    return factsOfTexts(texts, plan).sum === live
  } catch (error) {
    if (error instanceof RulesetError) return false
    throw error
  }
}
