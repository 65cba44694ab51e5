import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from './describe-lab.ts'
import type { Lab } from './lab.ts'
import { createLab } from './lab.ts'
import { ban, stopJail, unban } from './programs/fail2ban.ts'
import { dockerRules, handWrittenRules } from './programs/rulesets.ts'

for (const backend of ['nf_tables', 'legacy'] as const)
  describeLab(`programs of others on ${backend}`, () => {
    let lab: Lab
    beforeAll(async () => {
      lab = await createLab([
        { name: 'mx1', backend },
        { name: 'docker27', backend, rules: dockerRules(27) },
        { name: 'docker28', backend, rules: dockerRules(28) },
        { name: 'old', backend, rules: handWrittenRules() },
      ])
    })
    afterAll(() => lab.close())

    it.each([27, 28] as const)('are there as Docker %s leaves them', async (version) => {
      const { v4 = '' } = dockerRules(version)
      const live = await lab.host(`docker${version}`).save('v4')
      expect(rules(live)).toEqual(rules(v4))
    })

    it('are there as typed by hand, and still let us in', async () => {
      const host = lab.host('old')
      const live = await host.save('v4')
      expect(live).toContain('-A TCP -p tcp -m tcp --dport 995 -m connlimit --connlimit-above 20')
      expect(live.match(/-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT/g)).toHaveLength(3)
      expect(await host.save('v6')).toContain('--reject-with icmp6-adm-prohibited')
      for (const address of [host.address, host.address6]) {
        expect(await lab.connects('controller', address, 22)).toBe('open')
      }
    })

    it('ban and unban as fail2ban does', async () => {
      const host = lab.host('mx1')
      await host.succeed(ban('198.18.255.1') + ban('192.0.2.1') + ban('2001:db8::ffff'))
      expect(rules(await host.save('v4'))).toEqual([
        'filter INPUT -p tcp -m multiport --dports 22 -j f2b-sshd',
        'filter f2b-sshd -s 192.0.2.1/32 -j REJECT --reject-with icmp-port-unreachable',
        'filter f2b-sshd -s 198.18.255.1/32 -j REJECT --reject-with icmp-port-unreachable',
        'filter f2b-sshd -j RETURN',
      ])
      expect(await lab.connects('controller', host.address, 22)).not.toBe('open')
      expect(await lab.connects('controller', host.address6, 22)).not.toBe('open')
      await host.succeed(unban('198.18.255.1'))
      expect(await lab.connects('controller', host.address, 22)).toBe('open')
      await host.succeed(stopJail())
      expect(rules(await host.save('v4'))).toEqual([])
    })

    it.each(['ipset', 'recent'] as const)('ban as fail2ban does by %s', async (action) => {
      const host = lab.host('docker28')
      await host.succeed(ban('198.18.255.1', { action, jail: `by-${action}` }))
      expect(await lab.connects('controller', host.address, 22)).not.toBe('open')
      await host.succeed('iptables -F INPUT')
      expect(await lab.connects('controller', host.address, 22)).toBe('open')
    })
  })

/** The rules by table and chain, in the order they have there: the order of chains is free. */
function rules(text: string): readonly string[] {
  const tables = text.split(/^\*/m).slice(1)
  return tables.flatMap(rulesOfTable).sort((one, other) => compare(chainOf(one), chainOf(other)))
}

function rulesOfTable(text: string): readonly string[] {
  const [table = '', ...lines] = text.split('\n')
  return lines.filter((line) => line.startsWith('-A')).map((line) => line.replace('-A', table))
}

function chainOf(rule: string): string {
  return rule.split(' ').slice(0, 2).join(' ')
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
