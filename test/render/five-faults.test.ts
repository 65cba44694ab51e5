import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { PerFamily } from '../../src/model/family.ts'
import { FAMILIES } from '../../src/model/family.ts'
import { createRenderer } from '../../src/render/render.ts'
import type { HostCase } from './make-host.ts'
import { makeHost } from './make-host.ts'

const CASE = join(import.meta.dirname, '../cases/render/single-host/host.json')
const single = JSON.parse(readFileSync(CASE, 'utf8')) as HostCase
const wanted = createRenderer().render(makeHost(single))

describe('the rules of the single host have none of the five faults of the usual recipe', () => {
  test.each(FAMILIES)(
    '1: SSH is open, and the DROP policy comes with the rules in one commit (%s)',
    (family) => {
      const commits = wanted[family].split('COMMIT\n')
      expect(commits).toHaveLength(2)
      expect(commits[0]).toContain('\n:INPUT DROP [0:0]\n')
      expect(accepts(family, 22)).not.toEqual([])
    },
  )

  test('2: what IPv6 neighbours and routers say is accepted before anything is dropped', () => {
    const rules = wanted.v6.split('\n')
    const drop = rules.findIndex((rule) => rule.endsWith('-j DROP'))
    for (const type of [1, 2, 3, 4, 128, 129, 130, 131, 132, 133, 134, 135, 136, 143]) {
      const at = rules.findIndex(
        (rule) => rule.includes(`--icmpv6-type ${type} `) && rule.endsWith('-j ACCEPT'),
      )
      expect(at, `type ${type}`).toBeGreaterThan(0)
      expect(at).toBeLessThan(drop)
    }
    const dhcp = rules.findIndex((rule) =>
      rule.startsWith('-A INPUT -s fe80::/10 -p udp -m udp --dport 546 '),
    )
    expect(dhcp).toBeGreaterThan(0)
    expect(dhcp).toBeLessThan(drop)
  })

  test.each([25, 465, 587, 143, 993, 110, 995, 80, 443])('3: port %i is open in both families', (port) => {
    for (const family of FAMILIES) expect(accepts(family, port)).toHaveLength(1)
  })

  test('4: a port that is restricted has no rule that accepts everybody', () => {
    const restricted = { ...single, services: { ...single.services, imaps: { from: ['203.0.113.0/24'] } } }
    const narrow = createRenderer().render(makeHost(restricted))
    expect(accepts('v4', 993, narrow).every((rule) => rule.includes(' -s 203.0.113.0/24 '))).toBe(true)
    expect(accepts('v4', 993, narrow)).toHaveLength(1)
    expect(accepts('v6', 993, narrow)).toEqual([])
  })

  test('5: rules.v6 holds the table filter of IPv6 and nothing of IPv4', () => {
    expect(wanted.v6.match(/^\*.*/gm)).toEqual(['*filter'])
    expect(wanted.v6).not.toMatch(/\d+\.\d+\.\d+\.\d+| -p icmp /)
  })
})

function accepts(
  family: (typeof FAMILIES)[number],
  port: number,
  texts: PerFamily<string> = wanted,
): string[] {
  return texts[family]
    .split('\n')
    .filter(
      (rule) =>
        rule.includes(` --dport ${port} `) &&
        rule.endsWith('-j ACCEPT') &&
        !rule.includes('-s 203.0.113.5/32'),
    )
}
