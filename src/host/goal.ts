import type { FamilyTexts } from '../remote/attempt.ts'
import type { Examination } from '../remote/examine.ts'
import type { FirstFound } from '../remote/history.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import { settingsSum } from '../policy/settings-sum.ts'
import type { Visit } from './visit.ts'

/** What a host shall have after a change, and what its receipt will say of that. */
export interface Goal {
  readonly source: 'inventory' | 'generation'
  /** A family that is absent is left as it is. */
  readonly wanted: FamilyTexts
  readonly origin: Origin
  /** Of the rules that were there before mailfw: what the boot loader will find then, and the order that they had. */
  readonly first?: First
}

export interface First extends FirstFound {
  /** Whether saved files have to be as they were byte for byte, with the sections of other tables. */
  readonly isExact: boolean
}

/** Where the rules of a generation come from. */
export type Origin = Pick<KeptReceipt, 'version' | 'revision' | 'settings' | 'again' | 'hold'>

/** What was rendered from the inventory. The same rules once more are the same generation again. */
export function inventoryGoal({ job, context }: Visit, examination: Examination): Goal {
  const { version, revision } = context.provenance
  const again = againOf(examination)
  return {
    source: 'inventory',
    wanted: job.wanted,
    origin: {
      version,
      settings: settingsSum(job.host),
      ...(revision !== undefined && { revision }),
      ...(again !== undefined && { again }),
    },
  }
}

/** The rules of a generation that the host keeps once more. */
export function generationGoal(receipt: KeptReceipt, wanted: FamilyTexts): Goal {
  const { version, revision, settings } = receipt
  return {
    source: 'generation',
    wanted,
    origin: {
      again: baseOf(receipt),
      ...(version !== undefined && { version }),
      ...(revision !== undefined && { revision }),
      ...(settings !== undefined && { settings }),
    },
  }
}

/** Of the rules that were there before mailfw, what was found with them. */
export function firstOf(
  generation: Pick<KeptReceipt, 'n' | 'again'>,
  found: FirstFound,
  { isExact }: Pick<First, 'isExact'>,
): Pick<Goal, 'first'> {
  return baseOf(generation) === 0 ? { first: { ...found, isExact } } : {}
}

/** The generation whose rules a generation has. */
export function baseOf({ n, again }: Pick<KeptReceipt, 'n' | 'again'>): number {
  return again ?? n
}

function againOf({ families, receipt }: Examination): number | undefined {
  const isSame = Object.values(families).every((examined) => examined.wantedIsGeneration)
  return receipt !== undefined && isSame ? baseOf(receipt) : undefined
}
