import type { Family } from './family.ts'
import type { Network } from './network.ts'

export type Protocol = 'tcp' | 'udp'

/** Ports `from` to `to`, both included; a single port has both equal. */
export interface PortRange {
  readonly from: number
  readonly to: number
}

/** Who may reach a service. */
export type Sources = 'any' | readonly Network[]

export const RATE_PERIODS = ['second', 'minute', 'hour', 'day'] as const

export type RatePeriod = (typeof RATE_PERIODS)[number]

/** New connections that one source may open: `count` per `per` on the average, `burst` at once. */
export interface Limit {
  readonly count: number
  readonly per: RatePeriod
  readonly burst: number
}

/** A named thing that a host offers on ports; finished: no names left to look up. */
export interface Service {
  readonly name: string
  readonly protocol: Protocol
  readonly ports: readonly PortRange[]
  readonly sources: Sources
  /** The families that the service is opened in. */
  readonly families: readonly Family[]
  readonly limit?: Limit
  /** Connections at once from one source. */
  readonly connections?: number
}

/** Services known by name, all TCP. Source: IANA's service name registry. */
export const KNOWN_SERVICES: Readonly<Record<string, number>> = {
  smtp: 25,
  submissions: 465,
  smtps: 465,
  submission: 587,
  imap: 143,
  imaps: 993,
  pop3: 110,
  pop3s: 995,
  http: 80,
  https: 443,
  managesieve: 4190,
  sieve: 4190,
  lmtp: 24,
}

/** Second names of known services: the same service, whichever name is written. */
export const SERVICE_ALIASES: Readonly<Record<string, string>> = {
  smtps: 'submissions',
  sieve: 'managesieve',
}
