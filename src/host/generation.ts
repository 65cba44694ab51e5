import type { Generation, HostResult } from '../model/outcome.ts'
import type { Examination } from '../remote/examine.ts'
import type { KeptReceipt } from '../remote/receipts.ts'

/** The hold that the newest generation is under. */
export function holdOf({ receipt }: Pick<Examination, 'receipt'>): HostResult['hold'] {
  return receipt?.hold === undefined ? undefined : { ...generationFrom(receipt), hold: receipt.hold }
}

/** What a person is told of a generation. */
export function generationFrom(receipt: KeptReceipt): Generation {
  const { n, at, by, version, revision, again, hold, otherMachine } = receipt
  return {
    n,
    ...(at !== undefined && { at }),
    ...(by !== undefined && { by }),
    ...(version !== undefined && { version }),
    ...(revision !== undefined && { revision }),
    ...(again !== undefined && { again }),
    ...(hold !== undefined && { hold }),
    ...(otherMachine !== undefined && { otherMachine }),
  }
}
