import type { Connection } from '../model/transport.ts'
import type { History, HistoryRequest } from '../remote/history.ts'
import { readHistory } from '../remote/history.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import type { Visit } from './visit.ts'

const HISTORY_SECONDS = 60

/**
 * The receipts of all generations on a host, and the rules of some: as they were rendered, unless told otherwise. Those
 * of all may be more than an answer holds.
 */
export function readKept(
  visit: Visit,
  connection: Connection,
  of: HistoryRequest['of'],
  spelling: HistoryRequest['spelling'] = 'rendered',
): Promise<History> {
  return readHistory(connection, { of, spelling }, visit.callOptions(HISTORY_SECONDS))
}

/** "it keeps 0, 3 and 4" */
export function keptPhrase(receipts: readonly KeptReceipt[]): string {
  const numbers = receipts.map(({ n }) => String(n)).reverse()
  const last = numbers.at(-1)
  if (last === undefined) return 'it keeps none'
  return `it keeps ${numbers.length === 1 ? last : `${numbers.slice(0, -1).join(', ')} and ${last}`}`
}

/** "the rules of generation 4 are not on the host any more" and where they should be. */
export function lostPhrase({ n }: Pick<KeptReceipt, 'n'>): string {
  return `the rules of generation ${n} are not on the host any more: /var/lib/mailfw/generations/${n} is not whole`
}
