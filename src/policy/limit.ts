import { createHash } from 'node:crypto'
import type { Limit, RatePeriod } from '../model/service.ts'

/** A limit in the words of iptables' hashlimit. */
export interface LimitContext {
  readonly rate: string
  readonly burst: number
  readonly name: string
  readonly expire: number
}

/** What a limit of a service is in hashlimit's words; `sourceBits` are those of an address that make one source. */
export function limitContext(service: string, limit: Limit, sourceBits: number): LimitContext {
  const rate = `${limit.count}/${PERIOD[limit.per].short}`
  const expire = refillMilliseconds(limit)
  return {
    rate,
    burst: limit.burst,
    expire,
    name: limitName(service, [rate, limit.burst, expire, sourceBits]),
  }
}

/**
 * A name for a hashlimit table that changes with its parameters: the kernel goes on using the table of a name with
 * the parameters that it was made with. At most 15 characters (IFNAMSIZ), of which the first tell the service.
 */
export function limitName(service: string, parameters: readonly unknown[]): string {
  const stem = service.replace(/[^A-Za-z0-9]/g, '').slice(0, 6)
  const hash = createHash('sha256').update(JSON.stringify([service, ...parameters]))
  return `${stem}-${hash.digest('hex').slice(0, 8)}`
}

/**
 * The chain whose one rule counts the connections of a service: for the kernel each connlimit rule counts by itself.
 * At most 28 characters (XT_EXTENSION_MAXNAMELEN); a service name may have 32.
 */
export function connectionsChain(service: string): string {
  const whole = `mailfw-${service}`
  if (whole.length <= CHAIN_CHARACTERS) return whole
  const hash = createHash('sha256').update(service).digest('hex').slice(0, 8)
  return `${whole.slice(0, CHAIN_CHARACTERS - hash.length - 1)}.${hash}`
}

const CHAIN_CHARACTERS = 28

const PERIOD: Readonly<Record<RatePeriod, { short: string; milliseconds: number }>> = {
  second: { short: 'sec', milliseconds: 1_000 },
  minute: { short: 'min', milliseconds: 60_000 },
  hour: { short: 'hour', milliseconds: 3_600_000 },
  day: { short: 'day', milliseconds: 86_400_000 },
}

/**
 * How long a silent source is remembered: until its burst is full again. With iptables' default, one period, a large
 * burst would be given anew after each period of silence.
 */
function refillMilliseconds(limit: Limit): number {
  const refill = Math.ceil((limit.burst * PERIOD[limit.per].milliseconds) / limit.count)
  return Math.max(1_000, refill)
}
