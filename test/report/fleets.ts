import type {
  Cause,
  Difference,
  FamilyState,
  Finding,
  Generation,
  HostResult,
} from '../../src/model/outcome.ts'
import { exitCode, OUTCOMES, summarise } from '../../src/model/outcome.ts'
import type { RunDocument } from '../../src/report/reporter.ts'
import { drifted, result, unknownKey, unreachable } from './samples.ts'

/** How a run of these hosts ended. */
export function runOf(hosts: readonly HostResult[], more: Partial<RunDocument> = {}): RunDocument {
  return {
    format: 1,
    mailfw: '1.0.0',
    command: 'check',
    run: 'c0ffee0123456789',
    started: '2026-11-22T14:02:30.000Z',
    seconds: 12.34,
    exit: exitCode(hosts, { strict: false, command: 'check' }),
    summary: summarise(hosts),
    hosts,
    ...more,
  }
}

/** One as wanted, one with drift of every cause in both families, one that nobody reached. */
export function threeHosts(): readonly HostResult[] {
  return [
    drifted('mx1.example.net', {
      address: '192.0.2.1',
      port: 22,
      message: 'Live IPv4 and IPv6 rules differ, saved IPv4 rules differ; nothing was changed.',
      families: { v4: MIXED, v6: MISSING },
      findings: FINDINGS,
      generations: generationsOf(4),
      generation: 4,
    }),
    result('mx2.example.net', 'unchanged', {
      address: '192.0.2.2',
      port: 22,
      families: { v4: AS_WANTED, v6: null },
      findings: [OFF],
      generations: generationsOf(3),
      generation: 3,
    }),
    unreachable('mx3.example.net', '192.0.2.3'),
  ]
}

/**
 * A fleet as it may be after a bad day: one in ten drifted, in twenty different ways; some of every other outcome that a
 * check has; findings on each.
 */
export function manyHosts(count: number): readonly HostResult[] {
  return Array.from({ length: count }, (_, index) => hostOfMany(index))
}

/** A host of every outcome, and of everything else that a result can tell. */
export function allOutcomes(): readonly HostResult[] {
  return OUTCOMES.map((outcome, index) =>
    result(`host${index + 1}`, outcome, {
      message: `It is ${outcome} for the reason ${index + 1}.`,
      address: `192.0.2.${index + 1}`,
      port: 2222,
      families: { v4: MIXED, v6: null },
      generations: generationsOf(3),
      ...(outcome === 'held' && { hold: { n: 5, hold: 'mail stood still' } }),
      ...(outcome === 'failed' && { fix: 'ufw disable' }),
      ...(outcome === 'unchanged' && { pending: { id: '4e1243bd22c66e76', secondsLeft: 41 } }),
      ...(outcome === 'unknown' && { unfinished: { id: '4e1243bd22c66e77' } }),
      ...(outcome === 'reverted' && {
        reverted: { id: '4e1243bd22c66e78', at: '2026-11-22T14:02:30Z', log: 'nobody confirmed\nput back' },
      }),
    }),
  )
}

const AS_WANTED: FamilyState = {
  live: 'as-wanted',
  saved: 'as-wanted',
  savedPath: '/etc/iptables/rules.v4',
}

const OFF: Finding = {
  code: 'ipv6-off',
  severity: 'info',
  message: 'IPv6 is off on the host; its rules were neither compared nor changed',
}

const NO_LOADER: Finding = {
  code: 'no-boot-loader',
  severity: 'warning',
  message: 'nothing loads the saved rules at boot: netfilter-persistent is not enabled',
  fix: 'apt-get install iptables-persistent && systemctl enable netfilter-persistent',
}

const FINDINGS = [NO_LOADER, OFF]

function change(line: string, cause: Cause, where: Difference['in'] = 'live', table = 'filter'): Difference {
  return { in: where, table, line, cause }
}

const IMAPS = '-A INPUT -p tcp -m tcp --dport 993 -m comment --comment imaps -j ACCEPT'

const MIXED: FamilyState = {
  live: 'differs',
  saved: 'differs',
  savedPath: '/etc/iptables/rules.v4',
  differences: [
    change(
      '- -A INPUT -s 198.51.100.23/32 -p tcp -m tcp --dport 8080 -m comment --comment "temporary, Tom" -j ACCEPT',
      'host',
    ),
    change('- -A PREROUTING -p tcp -m tcp --dport 2525 -j REDIRECT --to-ports 25', 'host', 'live', 'nat'),
    change(`+ ${IMAPS}`, 'inventory'),
    change('- :INPUT ACCEPT', 'mailfw-version'),
    change('+ :INPUT DROP', 'mailfw-version'),
    change("# another program's rule stands behind ours; it will come first: -A INPUT -j f2b-sshd", 'host'),
    change(`+ ${IMAPS}`, 'inventory', 'saved'),
  ],
}

const MISSING: FamilyState = {
  live: 'differs',
  saved: 'absent',
  savedPath: '/etc/iptables/rules.v6',
  differences: [change(`+ ${IMAPS}`, 'inventory'), change(`+ ${IMAPS}`, 'inventory', 'saved')],
}

/** Newest first; each host's own confirmed it some seconds after the one before. */
function generationsOf(count: number, index = 0): readonly Generation[] {
  return Array.from({ length: count }, (_, age) => ({
    n: count - age,
    at: new Date(Date.UTC(2026, 10, 21 - age, 9, 0, index % 3_600)).toISOString(),
    by: age % 2 === 0 ? 'alice@laptop' : 'ci@runner',
    version: '1.0.0',
    revision: `${String(1000 + age)}4f2c9`,
    ...(age === 1 && { again: 1, hold: 'mail stood still' }),
  }))
}

const WAYS = 20

function hostOfMany(index: number): HostResult {
  const host = `mx${String(index + 1).padStart(4, '0')}.${SITES[index % SITES.length] ?? ''}.example.net`
  const address = `192.0.${2 + (index >> 8)}.${index & 255}`
  if (index % 10 === 3) return driftedOfMany(host, address, index)
  if (index % 97 === 11) return unreachable(host, address)
  if (index % 211 === 17) return unknownKey(host, address, `ssh-ed25519 SHA256:${'x'.repeat(36)}${index}`)
  if (index % 307 === 40) {
    const message = 'ufw is active and would undo these rules; nothing was changed; to mend it: ufw disable'
    return result(host, 'failed', { code: 'other-firewall', message, fix: 'ufw disable', address, port: 22 })
  }
  if (index % 401 === 60) {
    const message =
      'Held at generation 3 since 2026-11-20 by bob@desk (mail stood still); nothing was changed.'
    const hold = { n: 3, hold: 'mail stood still' }
    return result(host, 'held', {
      code: 'on-hold',
      message,
      hold,
      address,
      port: 22,
      generations: generationsOf(3, index),
    })
  }
  return result(host, 'unchanged', {
    address,
    port: 22,
    seconds: 0.2 + (index % 50) / 100,
    generation: 3,
    families: { v4: AS_WANTED, v6: index % 50 === 7 ? null : AS_WANTED },
    findings: [...(index % 25 === 6 ? [NO_LOADER] : []), ...(index % 50 === 7 ? [OFF] : [])],
    generations: generationsOf(5, index),
  })
}

const SITES = ['ams', 'fra', 'sin', 'nyc']

function driftedOfMany(host: string, address: string, index: number): HostResult {
  const way = Math.floor(index / 10) % WAYS
  const cause: Cause = way < 4 ? 'host' : 'inventory'
  const lines = Array.from({ length: 2 + way }, (_, line) =>
    change(
      `${way < 4 ? '-' : '+'} -A INPUT -s 203.0.113.${line}/32 -p tcp -m tcp --dport ${1_000 + way} -j ACCEPT`,
      cause,
    ),
  )
  return drifted(host, {
    address,
    port: 22,
    generation: 3,
    families: {
      v4: { live: 'differs', saved: 'as-wanted', savedPath: '/etc/iptables/rules.v4', differences: lines },
      v6: AS_WANTED,
    },
    findings: FINDINGS,
    generations: generationsOf(5, index),
  })
}
