import type { HostResult, Removal } from '../../model/outcome.ts'
import { printable } from '../../lib/printable.ts'
import type { SeenPlan } from '../change.ts'
import { failed } from '../endings.ts'
import type { Visit } from '../visit.ts'
import { removalKey, removalsOf } from './removals.ts'

/** How a first deploy ends that would take rules away which nobody was shown, unless that is allowed. `shown`: their keys. */
export function refuseUnseen(
  visit: Visit,
  { plan, examination }: SeenPlan,
  shown: ReadonlySet<string>,
): HostResult | undefined {
  if (visit.allows('first-deploy-removes')) return undefined
  const unseen = removalsOf(plan, examination).filter((removal) => !shown.has(removalKey(removal)))
  const [first] = unseen
  if (first === undefined) return undefined
  const where = examination.generation === undefined ? 'here' : `in the table ${first.table}`
  const sentence = `the first deploy ${where} takes away ${unseen.length === 1 ? '1 rule that is' : `${unseen.length} rules that are`} not in the inventory, ${inWords(first, unseen.length)}; mailfw_extra_rules and mailfw_preserve keep rules`
  return failed(visit, 'first-deploy-removes', sentence)
}

function inWords({ line }: Removal, count: number): string {
  return `${count === 1 ? '' : 'such as '}${printable(line, { most: 200 })}`
}
