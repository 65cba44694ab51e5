import { setTimeout } from 'node:timers/promises'

/** What a file system may take that holds nothing but our own records. */
const PATIENCE_SECONDS = 5

/** The same promise, save that it rejects where nothing came of it in time: a network's file system may never answer. */
export function inTime<T>(work: Promise<T>, seconds = PATIENCE_SECONDS): Promise<T> {
  const late = setTimeout(seconds * 1_000, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${seconds} s`)
  })
  return Promise.race([work, late])
}
