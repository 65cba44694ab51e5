import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN, TAKES_RULES } from './mailfw.ts'
import { NO_UNSHARE } from './no-unshare.ts'

/** As `nft add rule` takes them after the family: what of them iptables sees is something else. */
const LOST = {
  set: ['ip', 'filter INPUT tcp dport { 25, 26 } accept'],
  counted: ['ip', 'filter INPUT tcp dport { 25, 26 } counter accept'],
  range: ['ip', 'filter INPUT ip saddr 192.0.2.1-192.0.2.9 counter accept'],
  'second-family': ['ip6', 'filter INPUT ip6 saddr { 2001:db8::1, 2001:db8::2 } counter accept'],
  'own-chain': ['ip', 'filter staff tcp dport { 25, 26 } counter accept'],
  'no-scratch': ['ip', 'filter INPUT tcp dport { 25, 26 } accept'],
  'ssh-alone': ['ip', 'filter INPUT tcp dport { 22, 2222 } accept comment "no drop"'],
  dropping: ['ip', 'filter INPUT ip saddr { 192.0.2.1, 192.0.2.2 } counter drop'],
} as const
/** What iptables cannot print hides the whole table, or all of them. */
const HIDDEN = {
  hiding: ['ip', 'filter FORWARD ct state established accept'],
  'hiding-counted': ['ip', 'filter FORWARD ct state established counter accept'],
  failing: ['ip', 'filter INPUT ip length 40 drop'],
} as const
const REFUSED = { ...LOST, ...HIDDEN }
/** These are not in the way. */
const LEFT = {
  mailcow: [
    'ip',
    'filter FORWARD iifname != "br-mailcow" oifname "br-mailcow" tcp dport { 25, 26 } counter drop',
  ],
  'other-table': ['ip', 'nat POSTROUTING ip saddr { 192.0.2.1, 192.0.2.2 } counter accept'],
  'other-chain': ['ip', 'filter DOCKER tcp dport { 25, 26 } counter accept'],
  'nft-table': ['ip', 'mine INPUT ct state established tcp dport { 25, 26 } accept'],
} as const

type Rule = readonly [family: string, rule: string]

function withRule([name, [family, rule]]: readonly [string, Rule]): HostSpec {
  const setup = `
    for command in iptables ip6tables; do $command -P INPUT DROP; $command -A INPUT -p tcp --dport 22 -j ACCEPT; done
    iptables -N staff; iptables -A INPUT -j staff; iptables -N DOCKER; iptables -A FORWARD -o docker0 -j DOCKER
    iptables -t nat -P POSTROUTING ACCEPT; iptables -t nat -A POSTROUTING -o lo -j ACCEPT
    nft add table ip mine; nft add chain ip mine INPUT
    nft 'add rule ${family} ${rule}'
  `
  return { name, setup: name === 'no-scratch' ? setup + NO_UNSHARE : setup }
}

describeLab('a rule of nft’s own in a table of iptables', () => {
  let lab: Lab
  let before: ReadonlyMap<string, string>
  let after: ReadonlyMap<string, string>
  let check: Run
  let deploy: Run
  let fixed: Run
  let later: readonly Run[]
  beforeAll(async () => {
    lab = await createLab([
      ...Object.entries({ ...REFUSED, ...LEFT }).map(withRule),
      {
        name: 'as-printed',
        setup: 'iptables -P INPUT ACCEPT\nnft add rule ip filter INPUT tcp dport 26 accept\n',
      },
      { name: 'later' },
    ])
    before = await listed(Object.keys(REFUSED))
    const inventory = await lab.inventory({ all: OPEN })
    const limit = ['--limit', 'later']
    check = await mailfw(lab, 'check', inventory, '--limit', 'all:!later', ...TAKES_RULES)
    await mailfw(
      lab,
      'deploy',
      await lab.inventory({ all: { ...OPEN, mailfw_services: { smtp: {} } } }),
      ...limit,
    )
    await lab.host('later').succeed(`nft add rule ip filter INPUT 'tcp dport { 25, 26 } counter accept'`)
    ;[deploy, ...later] = await Promise.all([
      mailfw(lab, 'deploy', inventory, '--batch', '100%', '--limit', 'all:!later', ...TAKES_RULES),
      mailfw(lab, 'enforce', inventory, ...limit),
      mailfw(lab, 'rollback', inventory, '--yes', ...limit),
    ])
    after = await listed(Object.keys(REFUSED))
    const lost = Object.keys(LOST)
    await Promise.all(lost.map((name) => lab.host(name).succeed(findingOf(name)?.fix ?? deletion(name))))
    fixed = await mailfw(
      lab,
      'deploy',
      inventory,
      '--batch',
      '100%',
      '--limit',
      lost.join(','),
      ...TAKES_RULES,
    )
  })
  afterAll(() => lab.close())

  /** What a person does who knows that the host has other ways in: of the rule that was added last. */
  const deletion = (name: string) => {
    const [family, rule] = LOST[name as keyof typeof LOST]
    const chain = rule.split(' ').slice(0, 2).join(' ')
    return `nft delete rule ${family} ${chain} handle $(nft -a list chain ${family} ${chain} | sed -n 's/.* # handle //p' | sort -n | tail -1)`
  }

  const listed = async (names: readonly string[]) =>
    new Map(
      await Promise.all(
        names.map(async (name) => [name, await lab.host(name).succeed('nft -s -a list ruleset')] as const),
      ),
    )

  const findingOf = (name: string) => check.host(name).findings.find(({ code }) => code === 'native-nft')

  it.each(Object.entries(REFUSED))(
    'that a change would lose is named, and nothing is changed: %s',
    (name, [family, rule]) => {
      const [table = '', chain = ''] = rule.split(' ')
      const text = rule.split(' ').slice(2).join(' ')
      const result = deploy.host(name)
      expect(result).toMatchObject({ outcome: 'failed', code: 'native-nft' })
      expect(result.message).toContain(`the table ${family} ${table}`)
      expect(result.message).toContain(`the nft rule "${text}" in the chain ${chain}`)
      expect(result.message).toMatch(/; nothing was changed$/)
      expect(check.host(name)).toMatchObject({ outcome: 'failed', code: 'native-nft' })
      expect(after.get(name)).toBe(before.get(name))
    },
  )

  it.each(Object.keys(LOST))('is a finding of check, and without it a deploy goes on: %s', (name) => {
    expect(findingOf(name)).toMatchObject({ severity: 'warning' })
    expect(fixed.host(name)).toMatchObject({ outcome: 'confirmed' })
  })

  it.each(Object.entries(LOST))('is deleted by a fix only if it lets nobody in: %s', (name, [, rule]) => {
    const { fix, message } = check.host(name)
    if (/ (?:drop|reject with [\w -]+)$/.test(rule)) {
      expect(fix).toMatch(/^nft delete rule ip filter INPUT handle \d+$/)
    } else {
      expect([fix, findingOf(name)?.fix]).toEqual([undefined, undefined])
      expect(message).toContain('before you delete it, write its like into mailfw_extra_rules or mailfw_ssh')
    }
  })

  it.each(Object.entries(LEFT))('that no change touches stays as it is: %s', async (name, [family, rule]) => {
    expect(deploy.host(name)).toMatchObject({ outcome: 'confirmed' })
    const [table, ...rest] = rule.split(' ')
    const left = await lab.host(name).succeed(`nft -s list table ${family} ${table}`)
    expect(left).toContain(`${rest.slice(1).join(' ')}\n`)
  })

  it('that iptables prints as what it is counts as one of iptables', () => {
    expect(deploy.host('as-printed')).toMatchObject({ outcome: 'confirmed' })
  })

  it('keeps a host from enforce and rollback too', () => {
    for (const run of later)
      expect(run.host('later')).toMatchObject({ outcome: 'failed', code: 'native-nft' })
  })
})
