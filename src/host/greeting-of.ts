import { KNOWN_SERVICES } from '../model/service.ts'
import type { ServicePort } from '../model/transport.ts'

type Greeting = NonNullable<ServicePort['greeting']>

/** How a service greets: by its port where that is known, else by its name; nothing where neither is. */
export function greetingOf(service: string, port: number): Greeting | undefined {
  const usual = Object.hasOwn(KNOWN_SERVICES, service) ? KNOWN_SERVICES[service] : undefined
  return GREETINGS.get(port) ?? (usual === undefined ? undefined : GREETINGS.get(usual))
}

const SMTP: Greeting = { speech: 'smtp', tls: false }

/** By the port of each service that is known by name. LMTP greets as SMTP does. */
const GREETINGS: ReadonlyMap<number, Greeting> = new Map([
  [24, SMTP],
  [25, SMTP],
  [587, SMTP],
  [465, { speech: 'smtp', tls: true }],
  [143, { speech: 'imap', tls: false }],
  [993, { speech: 'imap', tls: true }],
  [110, { speech: 'pop3', tls: false }],
  [995, { speech: 'pop3', tls: true }],
  [80, { speech: 'http', tls: false }],
  [443, { speech: 'http', tls: true }],
  [4190, { speech: 'sieve', tls: false }],
])
