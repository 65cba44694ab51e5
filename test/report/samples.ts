import type { Difference, HostResult, Outcome } from '../../src/model/outcome.ts'
import type { Clock } from '../../src/report/clock.ts'

/** A result as the fleet hands it over, with what a case does not say filled in. */
export function result(host: string, outcome: Outcome, more: Partial<HostResult> = {}): HostResult {
  return {
    host,
    outcome,
    code: 'as-wanted',
    message: 'Live and saved are as wanted.',
    connections: 1,
    seconds: 0.3,
    families: {},
    findings: [],
    ...more,
  }
}

const OLD = '-A INPUT -p tcp -m tcp --dport 8080 -j ACCEPT'
const NEW = '-A INPUT -p tcp -m tcp --dport 993 -m comment --comment imaps -j ACCEPT'

export const DRIFT: readonly Difference[] = [
  { in: 'live', table: 'filter', line: `- ${OLD}`, cause: 'host' },
  { in: 'live', table: 'filter', line: `+ ${NEW}`, cause: 'host' },
]

export function drifted(host: string, more: Partial<HostResult> = {}): HostResult {
  return result(host, 'would-change', {
    code: 'drift',
    message: 'Live IPv4 rules differ from the inventory; nothing was changed.',
    generation: 3,
    families: {
      v4: { live: 'differs', saved: 'as-wanted', savedPath: '/etc/iptables/rules.v4', differences: DRIFT },
      v6: { live: 'as-wanted', saved: 'as-wanted', savedPath: '/etc/iptables/rules.v6', differences: [] },
    },
    ...more,
  })
}

export function unreachable(host: string, address: string): HostResult {
  return result(host, 'unreachable', {
    code: 'tcp',
    address,
    connections: 0,
    message: `No connection to ${address}:22: no answer within 10 s; nothing was changed.`,
  })
}

export function unknownKey(host: string, address: string, fingerprint: string, port = 22): HostResult {
  return result(host, 'unreachable', {
    code: 'host-key-unknown',
    address,
    port,
    fingerprint,
    keyScan: {
      before: port === 22 ? 'ssh-keyscan -t ed25519' : `ssh-keyscan -p ${port} -t ed25519`,
      host: address,
      after: '>> ~/.ssh/known_hosts',
    },
    connections: 0,
    message: `The host key of ${address}:${port} is not known: ${fingerprint}; nothing was changed.`,
  })
}

/** Time that stands still until it is told to go on. */
export function createFakeClock(
  start = '2026-11-22T14:02:30Z',
): Clock & { readonly pass: (milliseconds: number) => void } {
  let now = Date.parse(start)
  const timers = new Set<{ readonly period: number; readonly action: () => void; due: number }>()
  return {
    now: () => now,
    every: (period, action) => {
      const timer = { period, action, due: now + period }
      timers.add(timer)
      return () => {
        timers.delete(timer)
      }
    },
    pass: (milliseconds) => {
      const end = now + milliseconds
      for (;;) {
        const [next] = [...timers].filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due)
        if (!next) break
        now = next.due
        next.due += next.period
        next.action()
      }
      now = end
    },
  }
}
