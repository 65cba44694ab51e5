import { expect, test } from 'vitest'
import { FAMILIES } from '../../src/model/family.ts'
import { createRenderer } from '../../src/render/render.ts'
import { restoreWords } from '../../src/model/restore-words.ts'
import { makeHost } from './make-host.ts'

const host = makeHost({
  blocklist: ['198.51.100.0/24', '2001:db8:bad::/48'],
  controllers: ['203.0.113.5', '2001:db8:10::5'],
  ssh: { limit: { count: 6, per: 'minute', burst: 12 } },
  logDropped: true,
  extraRules: {
    v4: ['-A INPUT -m comment --comment extra -j ACCEPT'],
    v6: ['-A INPUT -m comment --comment extra -j ACCEPT'],
  },
  services: { smtp: {}, imaps: {} },
})
const wanted = createRenderer().render(host)

test.each([
  ['v4', ['loopback', 'established', 'blocklist', 'icmp', 'invalid', 'ssh', 'extra', 'smtp', 'imaps', 'log']],
  [
    'v6',
    [
      'loopback',
      'established',
      'blocklist',
      'icmpv6',
      'dhcpv6',
      'invalid',
      'ssh',
      'extra',
      'smtp',
      'imaps',
      'log',
    ],
  ],
] as const)(
  'the rules of INPUT stand in their order, each with what it is for as a comment: %s',
  (family, order) => {
    const comments = rulesOf(family, 'INPUT').map((rule) =>
      rule[rule.indexOf('--comment') + 1]?.replace(/:.*/, ''),
    )
    expect(comments.filter((comment, at) => comment !== comments[at - 1])).toEqual(order)
  },
)

test.each(FAMILIES)('the controllers are accepted on SSH before its limit: %s', (family) => {
  const ssh = rulesOf(family, 'INPUT').filter((rule) => rule.includes('ssh'))
  expect(ssh.map((rule) => rule.at(-1))).toEqual(['ACCEPT', 'DROP', 'ACCEPT'])
  expect(ssh[0]).toContain('-s')
  expect(ssh[1]).toContain('hashlimit')
})

test('where nobody wants ping, only the question is left out', () => {
  const silent = createRenderer().render(makeHost({ ping: false }))
  expect(silent.v4).not.toContain('--icmp-type 8 ')
  expect(silent.v6).not.toContain('--icmpv6-type 128 ')
  expect(silent.v6).toContain('--icmpv6-type 129 ')
})

test('a service of one family is in the text of that family alone', () => {
  const { v4, v6 } = createRenderer().render(
    makeHost({ services: { lmtp: { from: ['2001:db8::2'] }, pop3s: { families: ['v4'] } } }),
  )
  expect([/lmtp/.test(v4), /lmtp/.test(v6)]).toEqual([false, true])
  expect([/pop3s/.test(v4), /pop3s/.test(v6)]).toEqual([true, false])
})

test('SSH that is closed in a family lets no controller in there either', () => {
  const { v6 } = createRenderer().render(
    makeHost({ ssh: { families: ['v4'] }, controllers: ['2001:db8::5'] }),
  )
  expect(v6).not.toContain('ssh')
})

test('the text is the same again, from another renderer, in another time zone and language', () => {
  const before = { TZ: process.env['TZ'], LANG: process.env['LANG'] }
  Object.assign(process.env, { TZ: 'Asia/Tokyo', LANG: 'tr_TR.UTF-8' })
  try {
    expect(createRenderer().render(host)).toEqual(wanted)
  } finally {
    Object.assign(process.env, before)
  }
})

function rulesOf(family: (typeof FAMILIES)[number], chain: string): string[][] {
  return wanted[family]
    .split('\n')
    .map((line) => restoreWords(line) ?? [])
    .filter(([command, name]) => command === '-A' && name === chain)
}
