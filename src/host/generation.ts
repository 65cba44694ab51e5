import type { Generation } from '../model/outcome.ts'
import type { KeptReceipt } from '../remote/receipts.ts'

/** What a person is told of a generation. */
export function generationFrom(receipt: KeptReceipt): Generation {
  const { n, at, by, version, revision, again, hold } = receipt
  return {
    n,
    ...(at !== undefined && { at }),
    ...(by !== undefined && { by }),
    ...(version !== undefined && { version }),
    ...(revision !== undefined && { revision }),
    ...(again !== undefined && { again }),
    ...(hold !== undefined && { hold }),
  }
}
