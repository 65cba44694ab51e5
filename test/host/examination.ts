import { distributionOf } from '../../src/model/distribution.ts'
import type { BootFacts, BootUnit } from '../../src/remote/boot/facts.ts'
import type { Examination, FamilyExamination } from '../../src/remote/examine.ts'

/** What a look at an ordinary host finds, with what a case says of it. */
export function examinationWith(more: Partial<Examination> = {}): Examination {
  return {
    hostname: 'mx1',
    bootId: 'boot',
    machineId: '0123456789abcdef0123456789abcdef',
    uptimeSeconds: 4_000,
    askedAt: 0,
    distribution: distributionOf('debian'),
    session: {
      clientAddress: '198.51.100.7',
      clientIsOwn: false,
      serverAddress: '192.0.2.1',
      serverPort: 22,
    },
    boot: bootWith(),
    restoresNoflush: false,
    unfinished: false,
    receipts: [],
    ipv6Addresses: [],
    routes: { v4: false, v6: false },
    facts: '',
    families: { v4: familyWith(), v6: familyWith() },
    firewalls: [],
    nativeTables: [],
    ...more,
  }
}

/** A Debian with its loader. */
export function bootWith(more: Partial<BootFacts> = {}): BootFacts {
  return {
    system: 'systemd',
    unread: [],
    units: new Map([['netfilter-persistent', unitWith()]]),
    plugins: new Map([
      ['15-ip4tables', true],
      ['25-ip6tables', true],
    ]),
    lines: [],
    idle: [],
    hasAwallPolicies: false,
    unknownNames: [],
    ...more,
  }
}

export function unitWith(more: Partial<BootUnit> = {}): BootUnit {
  return { isThere: true, isEnabled: true, isActive: true, hasFailed: false, ...more }
}

/** One family of it. */
export function familyWith(more: Partial<FamilyExamination> = {}): FamilyExamination {
  return {
    version: 'iptables v1.8.9 (nf_tables)',
    backend: 'nf_tables',
    live: '',
    savedPath: '/etc/iptables/rules.v4',
    saved: { kind: 'same' },
    savedSum: '',
    wanted: { kind: 'canonical', text: '' },
    former: '',
    wantedIsGeneration: false,
    savedIsGeneration: false,
    spelling: ({ rule }) => rule,
    isExact: false,
    native: [],
    otherBackend: '',
    otherSpelling: ({ rule }) => rule,
    otherNative: [],
    ...more,
  }
}
