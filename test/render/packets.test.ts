import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Wanted } from '../../src/model/host.ts'
import type { Limit } from '../../src/model/service.ts'
import { createRenderer } from '../../src/render/render.ts'
import { BACKENDS, CAN_LOAD } from './kernel.ts'
import type { HostCase } from './make-host.ts'
import { makeHost } from './make-host.ts'
import type { TwoHosts } from './two-hosts.ts'
import { startTwoHosts } from './two-hosts.ts'

/** So slow that no test lives to see a token come back. */
const SLOW = { count: 1, per: 'hour' } as const
const FEW: Limit = { ...SLOW, burst: 3 }
const MORE: Limit = { ...SLOW, burst: 8 }

describe.skipIf(!CAN_LOAD)('with packets', { timeout: 30_000 }, () => {
  let hosts: TwoHosts

  beforeAll(async () => {
    hosts = await startTwoHosts([22, 587, 993, 2015])
  })

  afterAll(async () => {
    await hosts.close()
  })

  describe.each([
    ['nft', 'v4'],
    ['legacy', 'v6'],
  ] as const)('%s %s', (backend, family) => {
    const loadRules = (host: HostCase): void => {
      clear()
      hosts.load(rendered(host)[family], family, backend)
    }

    /** Both backends filter: what the other one holds would count too. */
    const clear = (): void => {
      for (const other of BACKENDS) hosts.load(OPEN, family, other)
    }

    test('a limit lets its burst in, and one that was changed counts at once', () => {
      loadRules({ services: { submission: { limit: FEW } } })
      expect(hosts.connect(family, 587, 10)).toBe(3)
      expect(hosts.connect(family, 587, 10)).toBe(0)
      const more = { services: { submission: { limit: MORE } } }
      hosts.load(rendered(more)[family], family, backend)
      expect(hosts.connect(family, 587, 10)).toBe(8)
    })

    test('without a new name the kernel would have kept the old limit', () => {
      const named = (host: HostCase): string =>
        rendered(host)[family].replace(/(hashlimit-name) \S+/g, '$1 same')
      clear()
      hosts.load(named({ services: { submission: { limit: FEW } } }), family, backend)
      expect(hosts.connect(family, 587, 10)).toBe(3)
      hosts.load(named({ services: { submission: { limit: MORE } } }), family, backend)
      expect(hosts.connect(family, 587, 10)).toBe(0)
    })

    test('a source has so many connections at once and no more', () => {
      loadRules({ services: { imaps: { connections: 2 } } })
      expect(hosts.connect(family, 993, 5)).toBe(2)
    })

    test('a source has so many at once over all rules of a service', () => {
      const ports = [993, ...Array.from({ length: 16 }, (_, index) => 2000 + index)]
      loadRules({ services: { many: { ports, connections: 3 } } })
      expect(hosts.connectTo(family, { 993: 3, 2015: 3 })).toBe(3)
      expect(hosts.connectTo(family, { 2015: 5 })).toBe(3)
    })

    test('a source has one rate over all rules of a service', () => {
      const ports = [993, ...Array.from({ length: 16 }, (_, index) => 2000 + index)]
      loadRules({ services: { many: { ports, limit: FEW } } })
      expect(hosts.connect(family, 993, 2)).toBe(2)
      expect(hosts.connect(family, 2015, 10)).toBe(1)
    })

    test('limits count each service by itself, and never a controller', () => {
      const controllers = ['198.18.77.2', '2001:db8:77::2']
      loadRules({
        controllers,
        ssh: { limit: FEW },
        services: { submission: { limit: FEW }, imaps: { limit: FEW } },
      })
      expect(hosts.connect(family, 22, 10)).toBe(10)
      expect(hosts.connect(family, 587, 10)).toBe(3)
      expect(hosts.connect(family, 993, 10)).toBe(3)
    })

    test('who is no source of a service does not reach it', () => {
      loadRules({ services: { submission: { from: ['192.0.2.1', '2001:db8:1::/48'] }, imaps: {} } })
      expect(hosts.connect(family, 587, 1)).toBe(0)
      expect(hosts.connect(family, 993, 1)).toBe(1)
    })

    test('who is on the blocklist reaches nothing', () => {
      loadRules({ blocklist: ['198.18.77.0/24', '2001:db8:77::2'], services: { imaps: {} } })
      expect(hosts.connect(family, 993, 1)).toBe(0)
      expect(hosts.connect(family, 22, 1)).toBe(0)
    })

    test('neighbours find each other again when they have forgotten everything', () => {
      loadRules({ services: { imaps: {} } })
      hosts.forgetNeighbours()
      expect(hosts.connect(family, 993, 1)).toBe(1)
    })

    test('where OUTPUT drops, answers still leave', () => {
      loadRules({ policies: { output: 'drop' }, services: { imaps: {} } })
      hosts.forgetNeighbours()
      expect(hosts.connect(family, 993, 1)).toBe(1)
    })
  })

  test.each(BACKENDS)('a limit of UDP counts flows, not datagrams: %s', (backend) => {
    const service = { protocol: 'udp', ports: [5353], limit: FEW } as const
    for (const other of BACKENDS) hosts.load(OPEN, 'v4', other)
    hosts.load(rendered({ services: { one: service } }).v4, 'v4', backend)
    hosts.send(5353, 1, 10)
    expect(hosts.counted('v4', backend, 'one', 'ACCEPT')).toBe(10)
    hosts.load(rendered({ services: { many: service } }).v4, 'v4', backend)
    hosts.send(5353, 10, 1)
    expect(hosts.counted('v4', backend, 'many', 'ACCEPT')).toBe(3)
    expect(hosts.counted('v4', backend, 'many', 'DROP')).toBe(7)
  })
})

const OPEN = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'

function rendered(host: HostCase): Wanted {
  return createRenderer().render(makeHost(host))
}
