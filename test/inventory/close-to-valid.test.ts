import { describe, expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { hostWith, load, loadHost, LOGIN, problemsOf, written } from './inventories.ts'

const SERVICES = 'mailfw_services: { smtp: {} }'

describe('a value that was left empty', () => {
  test.each([
    [
      'a service',
      'mailfw_services:',
      '  smtp:',
      /4:9: smtp|yaml:5:9 .*smtp: expected \{\} or a map of its settings/,
    ],
    ['all services', 'mailfw_services:', 'x: 1', /mailfw_services: expected \{\} or a map, got nothing/],
    ['a setting', SERVICES, 'mailfw_ping:', /mailfw_ping: expected a value, got nothing: that removes/],
    ['who may come in', 'mailfw_services:', '  smtp: { from: }', /smtp\.from: expected a value, got nothing/],
    ['who may log in', SERVICES, 'mailfw_ssh: { from: }', /mailfw_ssh\.from: expected a value/],
    ['null by its name', 'mailfw_services:', '  smtp: null', /smtp: expected \{\}/],
  ])('is refused: %s', async (_what, first, second, message) => {
    expect(await problemsOf(load(hostWith(first, second)))).toEqual([expect.stringMatching(message)])
  })

  test('removes an inherited value, under another spelling too, and at one host is enough', async () => {
    const { hosts } = await load(`
mail:
  vars: { mailfw_services: { smtp: {}, submissions: {} }, mailfw_ping: false }
  hosts:
    mx1: { mailfw_services: { smtps: }, mailfw_ping: }
  children:
    other:
      vars: { mailfw_services: { smtp: } }
      hosts: { mx2: , mx3: }
web:
  children: { other: }
`)
    const names = hosts.map(({ settings }) => settings.services.map(({ name }) => name).join(' '))
    expect(names).toEqual(['smtp', 'submissions', 'submissions'])
    expect(hosts[0]?.settings.ping).toBe(true)
  })

  test('may be false without anything to remove', async () => {
    expect((await loadHost(hostWith('mailfw_services: { smtp: false }'))).settings.services).toEqual([])
  })
})

test.each([
  ['sops', 'ENC[AES256_GCM,data:Tr7o=,iv:1=,tag:k=,type:str]', /a value that sops encrypted .* -K$/],
  [
    'ansible-vault, without a tag',
    '"$ANSIBLE_VAULT;1.1;AES256\\n6162"',
    /ansible-vault encrypted, without !vault/,
  ],
  ['ejson', '"EJ[1:abc:def:ghi]"', /a value that ejson encrypted/],
])('takes no value of %s for a password', async (_what, value, message) => {
  const text = hostWith(SERVICES, 'ansible_become: true', `ansible_become_password: ${value}`)
  expect(await problemsOf(load(text))).toEqual([expect.stringMatching(message)])
})

test.each([
  ['a conflict marker', 'a:\n<<<<<<< HEAD\n  b: 1\n=======\n', /yaml:2:1: .* conflict marker of git/],
  ['a marker that was forgotten', 'a: 1\n>>>>>>> branch\n', /yaml:2:1: .* conflict marker/],
  ['two documents', '---\na: |\n  x\n--- # second\nb: 1\n', /yaml:4:1: expected one document, got a second/],
  ['a quote that is not closed', 'a: 1\nb: "x\nc: 1\nd: "y"\n', /yaml:2:4: expected a closing quote/],
  ['an apostrophe in quotes', "a: 'don't'\n", /yaml:1:9: expected nothing after the closing quote/],
  ['a template without quotes', 'a: 1\nb: { c: {{ x }} }\n', /yaml:2:9: expected quotes .* "\{\{ name \}\}"/],
  ['a template that only looks like a map', 'a: {{ x }}\n', /yaml:1:4: expected quotes/],
  ['a value that begins with @', 'a: @x\n', /yaml:1:4: expected quotes around a value that begins with @/],
  ['a wildcard', 'a: *.example.org\n', /yaml:1:4: expected quotes .* begins with \*/],
  ['a colon in a value', 'a: b: c\n', /yaml:1:5: expected quotes around a value that holds a colon/],
  ['a list that is not closed', 'a: [1, 2\nb: 3\n', /yaml:1:4: expected a closing \] for the list/],
  ['an escape that is none', 'a: "C:\\x"\n', /expected hexadecimal character/],
  [
    'the JSON of ansible-inventory --list',
    '{"_meta": {"hostvars": {"mx1": {}}},\n "mx": {"hosts": ["mx1"]}}',
    /yaml:1:2 _meta: .* JSON of ansible-inventory --list/,
  ],
  ['hosts as a list', 'mx:\n  hosts: [mx1]\n', /yaml:2:3 mx\.hosts: expected a map, each name with a colon/],
])('says what it is and where: %s', async (_what, text, message) => {
  expect(await problemsOf(load(text))).toEqual([expect.stringMatching(message)])
})

test.each([
  [
    'Latin-1',
    Buffer.from('a: 1\nb: gr\xfcn\n', 'latin1'),
    /yaml:2:6: expected text in UTF-8, got the byte 0xFC/,
  ],
  ['a cut character', Buffer.from('a: é', 'utf8').subarray(0, 4), /yaml:1:4: .* 0xC3/],
  ['UTF-16', Buffer.from('\ufeffa: 1\n', 'utf16le'), /yaml:1: expected text in UTF-8, got UTF-16/],
  ['a file of git-crypt', Buffer.from('\0GITCRYPT\0\xff', 'latin1'), /yaml:1: .* git-crypt encrypted/],
])('says which bytes are no UTF-8: %s', async (_what, bytes, message) => {
  const file = written({ 'inventory.yaml': bytes })
  expect(await problemsOf(loadInventory(file, { login: LOGIN }))).toEqual([expect.stringMatching(message)])
})

test.each(['mailfw-services', 'Mailfw_services', 'mailfwservices', 'malfw_services', 'mailfw services'])(
  'takes %s for a slip',
  async (name) => {
    const problems = await problemsOf(load(hostWith(SERVICES, `${name}: {}`)))
    expect(problems).toEqual([
      expect.stringMatching(
        /yaml:5:7 .*expected a variable of mailfw, got .*; did you mean "mailfw_services"\?/,
      ),
    ])
  },
)

test('leaves variables alone that others may have', async () => {
  const { vars } = await loadHost(hostWith(SERVICES, 'mail_services: 1', 'mailfwd_relay: 2', 'services: 3'))
  expect(vars).toMatchObject({ mail_services: 1, mailfwd_relay: 2, services: 3 })
})

describe('a file for a host or group that is not there', () => {
  const files = {
    'inventory.yaml': 'mx:\n  hosts:\n    mx1.example.org: { mailfw_services: {} }\n',
    'host_vars/mx1.exmaple.org/main.yml': 'x: 1\nmailfw_ping: false\n',
    'group_vars/mxx.yml': 'mailfw-ping: false\n',
    'group_vars/web.yml': 'colour: blue\n',
    'group_vars/README.md': '# [x\n: :\n',
  }

  test('is named where it sets mailfw_*', async () => {
    const problems = await problemsOf(loadInventory(written(files), { login: LOGIN }))
    expect(problems).toEqual([
      expect.stringMatching(/mxx\.yml:1:1 mailfw-ping: expected a group .* got "mxx".* did you mean "mx"\?/),
      expect.stringMatching(
        /main\.yml:2:1 mailfw_ping: expected a host .* did you mean "mx1\.example\.org"\?/,
      ),
    ])
  })

  test.each([
    ['names it', { 'staging.yaml': 'mxx:\n  hosts: { mx1.exmaple.org: }\n' }],
    ['may name it by a range', { staging: 'mx[x:z]' }],
    ['is a plugin', { 'aws.yml': 'plugin: aws_ec2\n' }],
  ])('is the business of another inventory beside it that %s', async (_what, more) => {
    const { hosts } = await loadInventory(written({ ...files, ...more }), { login: LOGIN })
    expect(hosts).toHaveLength(1)
  })
})

test('tells of a group that sets mailfw_* for no host', async () => {
  const { unusedGroups } = await load(`${hostWith(SERVICES)}mali:\n  vars: { mailfw_ping: false }\n`)
  expect(unusedGroups).toEqual(['The group mali sets mailfw_ping and has no host; did you mean "mail"?'])
})

test('says which hosts lack the name of a network that others have', async () => {
  const problems = await problemsOf(
    load(`
mx:
  vars: { mailfw_services: { imaps: { from: [office, nowhere] } } }
  hosts:
    mx1: { mailfw_networks: { office: 192.0.2.0/24 } }
    mx2:
    mx3: { mailfw_networks: { other: 192.0.2.0/24 } }
`),
  )
  expect(problems).toEqual([
    expect.stringMatching(
      /3:\d+ .*"office"; mx2, mx3 have no mailfw_networks of that name, other hosts have/,
    ),
    expect.stringMatching(/3:\d+ .*got "nowhere"$/),
  ])
})

test.each([
  ['a source', 'mailfw_services: { smtp: { from: ["::ffff:192.0.2.1"] } }', '192.0.2.1,'],
  ['a network', 'mailfw_blocklist: ["::ffff:192.0.2.0/120"]', '192.0.2.0/24,'],
  ['an address', 'mailfw_addresses: "::ffff:c000:201"', '192.0.2.1,'],
  ['an extra rule', 'mailfw_extra_rules: { v6: ["-A INPUT -s ::ffff:192.0.2.1 -j DROP"] }', '192.0.2.1,'],
])('says which IPv4 address an IPv6 form means: %s', async (_what, line, meant) => {
  const lines = line.startsWith('mailfw_services') ? [line] : [SERVICES, line]
  expect(await problemsOf(load(hostWith(...lines)))).toEqual([
    expect.stringContaining(`expected an IPv4 address as it stands in packets, ${meant} got "::ffff:`),
  ])
})

test('takes an ansible_host in that form for the address of the host', async () => {
  const host = await loadHost(
    hostWith('mailfw_services: { smtp: { from: ["group:mail"] } }', 'ansible_host: "::ffff:192.0.2.1"'),
  )
  expect(host.settings.services[0]?.sources).toEqual([{ family: 'v4', address: '192.0.2.1', prefix: 32 }])
})
