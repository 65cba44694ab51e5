import type { Generation } from '../model/outcome.ts'
import type { Answer } from './answer.ts'
import { field } from './answer.ts'

/** What a generation's receipt on the host says. */
export interface KeptReceipt extends Generation {
  /** The attempt that made it, and the hash of what was live then. */
  readonly attempt?: string
  /** What the inventory called the host then; receipts of older versions do not tell. */
  readonly host?: string
  readonly live?: string
  /** The boot of the host by then. */
  readonly boot?: string
  /** The address that was let in when it was confirmed, not one of the host's own. */
  readonly client?: string
  /** Whether a person confirmed it, with `mailfw confirm`. */
  readonly byHand?: true
  /** Rules of other programs that its rules have too, as `FAMILY TABLE RULE`: each stood there before ours. */
  readonly stood?: readonly string[]
  /** A hash of what the inventory said for the host. */
  readonly settings?: string
}

/** The receipts in an answer, newest first. */
export function receiptsOf(answer: Answer): readonly KeptReceipt[] {
  const machine = field(answer, 'machine')?.join(' ') ?? ''
  return [...answer.texts]
    .flatMap(([name, text]) => {
      const [, n] = /^receipt-(\d{1,9})$/.exec(name) ?? []
      return n === undefined ? [] : [receiptOf(Number(n), text, machine)]
    })
    .sort((a, b) => b.n - a.n)
}

/** `machine`: the one that it is on now. A hold is of the machine that it was made on. */
function receiptOf(n: number, text: string, machine: string): KeptReceipt {
  const stood = text.split('\n').flatMap((line) => (line.startsWith('stood=') ? [line.slice(6)] : []))
  const values = new Map(text.split('\n').map((line) => keyAndValue(line)))
  const told = (key: string): string | undefined => values.get(key) || undefined
  const at = told('at')
  const again = told('again')
  const isOfOther = isOther(told('machine') ?? '', machine)
  const who = [told('user'), told('controller')].filter((word) => word !== undefined)
  return {
    n,
    ...(at !== undefined && !Number.isNaN(Date.parse(at)) && { at }),
    ...(who.length > 0 && { by: who.join('@') }),
    ...words(told, ['version', 'revision', 'attempt', 'host', 'live', 'boot', 'client', 'settings']),
    ...(stood.length > 0 && { stood }),
    ...(isOfOther ? { otherMachine: true as const } : words(told, ['hold'])),
    ...(told('by-hand') !== undefined && { byHand: true as const }),
    ...(again !== undefined && /^\d{1,9}$/.test(again) && { again: Number(again) }),
  }
}

/** Both are the number of systemd and that of the firmware, as `A/B`; one that is not known tells nothing. */
function isOther(made: string, now: string): boolean {
  const nowParts = now.split('/')
  return made.split('/').some((part, index) => {
    const other = nowParts[index] ?? ''
    return part !== '' && other !== '' && part !== other
  })
}

/** An empty value is none. */
function words<K extends string>(
  told: (key: string) => string | undefined,
  keys: readonly K[],
): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {}
  for (const key of keys) {
    const value = told(key)
    if (value !== undefined) found[key] = value
  }
  return found
}

function keyAndValue(line: string): [key: string, value: string] {
  const at = line.indexOf('=')
  return [line.slice(0, Math.max(0, at)), line.slice(at + 1)]
}
