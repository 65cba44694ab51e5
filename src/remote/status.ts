import type { Connection } from '../model/transport.ts'
import type { Answer } from './answer.ts'
import { field } from './answer.ts'
import type { PendingAttempt, Undone } from './attempt.ts'
import { hasRungs, parsePending, undoneOf, wholeNumber } from './attempt.ts'
import type { CallOptions } from './call.ts'
import { call } from './call.ts'
import type { KeptReceipt } from './receipts.ts'
import { receiptsOf } from './receipts.ts'
import type { RevertedBy } from './reverted-by.ts'
import { revertedByOf } from './reverted-by.ts'

/** What the host remembers of the attempts on it. */
export interface Status {
  readonly bootId: string
  readonly pending?: KnownAttempt
  /** The newest generation, and what its receipt says. */
  readonly generation?: number
  readonly receipt?: KeptReceipt
  /** The attempt that was being saved when the host died; empty where the host cannot tell which. */
  readonly unfinished?: string
  /** How the attempt was undone; absent if none was. */
  readonly undone?: Undone
  /** Who undid it, or tried to last. */
  readonly revertedBy?: RevertedBy
  /** The receipt of the attempt that was asked for, also if it is not of the newest generation. */
  readonly confirmation?: KeptReceipt
  /** Who reverted the attempt that was asked for, if another one has taken its place. */
  readonly past?: { readonly revertedBy?: RevertedBy }
  /** The guard's own words, each line behind the uptime at which it was written. */
  readonly log: string
}

/** The attempt whose traces are on the host, with what it is made of as far as it has come. */
export interface KnownAttempt extends PendingAttempt {
  /** Hash of the facts of its tables; empty before it was applied. */
  readonly applied: string
  /** Such as `v4:filter`. */
  readonly tables: readonly string[]
  readonly families: readonly string[]
  /** Its pattern of foreign lines. */
  readonly foreign: string
  /** The host's clock that the guard goes by, when it answered: seconds since boot. */
  readonly uptimeSeconds: number
}

/** Changes nothing on the host. `id`: the attempt whose end is asked for. */
export async function readStatus(connection: Connection, options: CallOptions, id = ''): Promise<Status> {
  const answer = await call(connection, 'status', { values: [['id', id]] }, options)
  const generation = textOf(answer, 'generation')
  const receipts = receiptsOf(answer)
  const receipt = receipts.find(({ n }) => generation === String(n))
  const confirmation = id === '' ? undefined : receipts.find(({ attempt }) => attempt === id)
  const revertedBy = revertedByOf(answer.texts.get('reverted-by'))
  const pending = parseKnown(answer)
  const undone = undoneOf(answer)
  const unfinished = field(answer, 'intent')?.join(' ')
  return {
    bootId: textOf(answer, 'boot'),
    ...(pending === undefined ? {} : { pending }),
    ...(generation === '' ? {} : { generation: wholeNumber(generation) }),
    ...(receipt === undefined ? {} : { receipt }),
    ...(unfinished === undefined ? {} : { unfinished }),
    ...(hasRungs(undone) && { undone }),
    ...(revertedBy && { revertedBy }),
    ...(confirmation && { confirmation }),
    ...pastOf(answer),
    log: answer.texts.get('log') ?? '',
  }
}

function pastOf(answer: Answer): Pick<Status, 'past'> {
  const [state, ...words] = field(answer, 'past') ?? []
  const revertedBy = revertedByOf(words.join(' '))
  return state === 'reverted' ? { past: { ...(revertedBy && { revertedBy }) } } : {}
}

function parseKnown(answer: Answer): KnownAttempt | undefined {
  const pending = parsePending(field(answer, 'attempt'))
  return pending === undefined
    ? undefined
    : {
        ...pending,
        applied: textOf(answer, 'applied'),
        tables: wordsOf(answer, 'tables'),
        families: wordsOf(answer, 'families'),
        foreign: answer.texts.get('foreign') ?? '',
        uptimeSeconds: wholeNumber(textOf(answer, 'uptime')),
      }
}

/** The rest of the line; empty where there is none. */
function textOf(answer: Answer, word: string): string {
  return field(answer, word)?.join(' ') ?? ''
}

function wordsOf(answer: Answer, word: string): readonly string[] {
  return (field(answer, word) ?? []).filter((each) => each !== '')
}
