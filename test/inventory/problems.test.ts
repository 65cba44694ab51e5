import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { InputError } from '../../src/lib/input-error.ts'
import { CASES, hostWith, load, LOGIN, problemsOf, written } from './inventories.ts'

const PROBLEMS = join(CASES, 'problems')

test.each(readdirSync(PROBLEMS))('reports all problems of the inventory %s together', async (name) => {
  const directory = join(PROBLEMS, name)
  const error: unknown = await loadInventory(join(directory, 'inventory.yaml'), { login: LOGIN }).catch(
    (reason: unknown) => reason,
  )
  if (!(error instanceof InputError)) throw new Error('expected an InputError', { cause: error })
  const shown = error.problems.map(({ file, line, column, path, message }) =>
    [`${relative(directory, file)}:${line ?? '-'}:${column ?? '-'}`, path ?? '-', `  ${message}`].join('\n'),
  )
  await expect(`${shown.join('\n')}\n`).toMatchFileSnapshot(join(directory, 'expected.txt'))
})

const SERVICES = 'mailfw_services: {}'

test.each([
  [
    'an unknown variable',
    'mailfw_pign: true',
    /expected a variable of mailfw, got "mailfw_pign"; did you mean "mailfw_ping"\?/,
  ],
  [
    'SSH among the services',
    'mailfw_services: { ssh: false }',
    /mailfw_services\.ssh: expected SSH under mailfw_ssh/,
  ],
  ['SSH switched off', `${SERVICES}\n      mailfw_ssh: false`, /SSH cannot be switched off/],
  [
    'an unknown service',
    'mailfw_services: { managsieve: {} }',
    /"managsieve" is no service .* did you mean "managesieve"\?/,
  ],
  [
    'an unknown key that was removed',
    'mailfw_services: { imaps: { prot: false } }',
    /got "prot"; did you mean "port"\?/,
  ],
  ['port and ports', 'mailfw_services: { x: { port: 1, ports: [2] } }', /expected port or ports, got both/],
  [
    'a port that is none',
    'mailfw_services: { x: { port: 65536 } }',
    /expected a port from 1 to 65535, got 65536/,
  ],
  [
    'a reversed range',
    'mailfw_services: { x: { ports: [20-10] } }',
    /expected a port or a range such as "1000-1010"/,
  ],
  [
    'a service name with a blank',
    'mailfw_services: { "a b": { port: 1 } }',
    /expected a service name .* got "a b"/,
  ],
  ['a service name that is too long', `mailfw_services: { ${'a'.repeat(33)}: { port: 1 } }`, /at most 32/],
  [
    'two services on a port',
    'mailfw_services: { smtp: {}, x: { ports: [23-30] } }',
    /x: expected ports of its own, got tcp 25, which "smtp" has too/,
  ],
  ['a service on the SSH port', 'mailfw_services: { x: { port: 22 } }', /got tcp 22, which SSH has too/],
  [
    'no source',
    'mailfw_services: { smtp: { from: [] } }',
    /from: expected at least one source, got an empty list/,
  ],
  ['any beside others', 'mailfw_services: { smtp: { from: [any, 192.0.2.1] } }', /expected "any" alone/],
  [
    'host bits',
    'mailfw_services: { smtp: { from: [192.0.2.1/24] } }',
    /expected a network without host bits, such as 192\.0\.2\.0\/24/,
  ],
  [
    'an address that is none',
    'mailfw_services: { smtp: { from: [192.0.2.256] } }',
    /expected an address or a network, got "192\.0\.2\.256"/,
  ],
  [
    'an unknown network',
    'mailfw_services: { smtp: { from: [offcie] } }\n      mailfw_networks: { office: 192.0.2.1 }',
    /got "offcie"; did you mean "office"\?/,
  ],
  [
    'an unknown group',
    'mailfw_services: { smtp: { from: ["group:mali"] } }',
    /expected a group of the inventory, got "mali"; did you mean "mail"\?/,
  ],
  [
    'a group without addresses',
    'mailfw_services: { smtp: { from: ["group:mail"] } }',
    /"mx1" has neither mailfw_addresses nor an ansible_host that is an address/,
  ],
  [
    'families without sources',
    'mailfw_services: { smtp: { from: [192.0.2.1], families: [v6] } }',
    /families: expected a family that the sources belong to, got v6 alone/,
  ],
  [
    'an opaque service',
    'mailfw_services: { smtp: !vault x }',
    /smtp: expected a map of .*, got a !vault value, which only Ansible can read/,
  ],
  [
    'a template where a value is needed',
    'mailfw_services: "{{ services }}"',
    /got a \{\{ … \}\} template, which only Ansible can read/,
  ],
  [
    'a rate that is none',
    'mailfw_services: { smtp: { limit: { rate: 30/fortnight } } }',
    /expected a rate such as 30\/minute/,
  ],
  [
    'a limit without rate',
    'mailfw_services: { smtp: { limit: { burst: 3 } } }',
    /limit: expected a rate .*, got nothing|limit\.rate/,
  ],
  [
    'a burst that the kernel cannot count',
    'mailfw_services: { smtp: { limit: { rate: 1/day, burst: 2 } } }',
    /expected a burst of at most 1, .* got 2/,
  ],
  [
    'connections that are none',
    'mailfw_services: { smtp: { connections: 0 } }',
    /expected a number of connections from 1 to 65535, got 0/,
  ],
  [
    'a circle of networks',
    'mailfw_networks: { a: [b], b: [a] }\n      mailfw_services: {}',
    /contains itself/,
  ],
  [
    'a tight SSH limit',
    `${SERVICES}\n      mailfw_ssh: { limit: { rate: 5/minute } }`,
    /expected a burst of at least 6 or mailfw_controllers/,
  ],
  [
    'a controller outside',
    `${SERVICES}\n      mailfw_ssh: { from: [192.0.2.0/24] }\n      mailfw_controllers: [203.0.113.5]`,
    /inside mailfw_ssh\.from, got 203\.0\.113\.5/,
  ],
  [
    'a blocked controller',
    `${SERVICES}\n      mailfw_blocklist: [203.0.113.0/24]\n      mailfw_controllers: [203.0.113.5]`,
    /got 203\.0\.113\.0\/24, which covers 203\.0\.113\.5/,
  ],
  [
    'any on the blocklist',
    `${SERVICES}\n      mailfw_blocklist: [any]`,
    /expected addresses here, got "any"/,
  ],
  [
    'a policy that is none',
    `${SERVICES}\n      mailfw_policies: { input: reject }`,
    /expected accept or drop, got "reject"/,
  ],
  [
    'too few seconds',
    `${SERVICES}\n      mailfw_confirm_seconds: 9`,
    /expected a number of seconds from 10 to 3600, got 9/,
  ],
  [
    'missing templates',
    `${SERVICES}\n      mailfw_templates: nowhere`,
    /expected a directory, got none at .*\/nowhere/,
  ],
  [
    'a rule of two lines',
    `${SERVICES}\n      mailfw_extra_rules: { v4: ["-A INPUT -j DROP\\n-P INPUT ACCEPT"] }`,
    /expected a rule of one line/,
  ],
  [
    'a rule of another chain',
    `${SERVICES}\n      mailfw_extra_rules: { v4: ["-A PREROUTING -j DROP"] }`,
    /expected a rule that begins with "-A INPUT"/,
  ],
  [
    'a host name in a rule',
    `${SERVICES}\n      mailfw_extra_rules: { v4: ["-A INPUT -s mx.example.net -j DROP"] }`,
    /expected an IPv4 address .* got "mx\.example\.net"/,
  ],
  [
    'a host name in the same word',
    `${SERVICES}\n      mailfw_extra_rules: { v4: ["-A INPUT --sou=mx.example.net -j DROP", "-A INPUT -dmx -j DROP"] }`,
    /expected an IPv4 address .* got "mx(?:\.example\.net)?"/,
  ],
  [
    'a program in a rule',
    `${SERVICES}\n      mailfw_extra_rules: { v4: ["-A INPUT --modp=/tmp/x -j DROP", "-A INPUT -M/tmp/x -j DROP"] }`,
    /expected a rule that names no program to run, got/,
  ],
  ...[
    ['-vM /tmp/x', 'names no program to run, got "-vM"'],
    ['-fnM/tmp/x', 'names no program to run'],
    ["-m comment --comment ' -M /tmp/x '", 'names no program to run, got "-M"'],
    ['-V', 'asks for no help and no version'],
    ['--hel', 'asks for no help and no version'],
    ['-4M /tmp/x', 'names no program to run'],
    ['-tnat', 'expected a rule of the table filter'],
    ['--tab nat', 'expected a rule of the table filter'],
  ].map(([words = '', message = '']): [string, string, RegExp] => [
    `an option that is more than a rule: ${words}`,
    `${SERVICES}\n      mailfw_extra_rules: { v4: ['-A INPUT ${words.replaceAll("'", "''")} -j DROP'] }`,
    new RegExp(message),
  ]),
  [
    'a pattern of many stars',
    `${SERVICES}\n      mailfw_preserve: { comments: ["*a*b*c*d"] }`,
    /expected a name of at most 255 characters on one line with at most 3 \*/,
  ],
  ...[
    ['-A INPUT', 'expected a rule that begins with "-A CHAIN", got "-A INPUT"'],
    ['-I INPUT -j DROP', 'expected a rule that begins with "-A CHAIN"'],
    ['-A INPUT -s ADDRESS', 'expected a rule with a target behind -j or -g'],
    ['-A INPUT -t nat -j DROP', 'expected a rule of the table filter'],
    ['-A INPUT -m comment --comment "x -j DROP', 'expected a rule whose quotes are closed'],
    [`-A INPUT -s ${'ADDRESS.'.repeat(6)} -j DROP`, 'expected at most 5 of ADDRESS, PORT and INTERFACE'],
  ].map(([rule = '', message = '']): [string, string, RegExp] => [
    `a rule to preserve: ${rule}`,
    `${SERVICES}\n      mailfw_preserve: { rules: ['${rule}'] }`,
    new RegExp(message),
  ]),
  [
    'an address of the other family in a rule',
    `${SERVICES}\n      mailfw_extra_rules: { v6: ["-A INPUT -s 192.0.2.1 -j DROP"] }`,
    /expected an IPv6 address/,
  ],
  [
    'a network as own address',
    `${SERVICES}\n      mailfw_addresses: [192.0.2.0/24]`,
    /expected an address, got "192\.0\.2\.0\/24"/,
  ],
  [
    'an unknown kind to preserve',
    `${SERVICES}\n      mailfw_preserve: { chain: [x] }`,
    /got "chain"; did you mean "chains"\?/,
  ],
])('refuses %s', async (_what, lines, message) => {
  const problems = await problemsOf(load(hostWith(lines)))
  expect(problems).toHaveLength(problems.filter((problem) => message.test(problem)).length)
  expect(problems.join('\n')).toMatch(message)
  for (const problem of problems)
    expect(problem).toMatch(/^inventory\.yaml:[1-9]\d*:[1-9]\d* mail\.hosts\.mx1\.mailfw_/)
})

// Copies of a map leave such a key out, and with it a service or a host.
test.each([
  ['a service', 'mailfw_services: { smtp: {}, __proto__: { port: 8080 } }', '4:36'],
  ['a key in a value that is not ours', 'mailfw_services: {}\n      theirs: [{ __proto__: 1 }]', '5:18'],
])('refuses __proto__ as %s', async (_, vars, position) => {
  expect(await problemsOf(load(hostWith(vars)))).toEqual([
    `inventory.yaml:${position}: expected another name for this key, got "__proto__", which mailfw cannot hold`,
  ])
})

test('accepts a tight SSH limit where controllers are accepted before it', async () => {
  const { hosts } = await load(
    hostWith(SERVICES, 'mailfw_ssh: { limit: { rate: 5/minute } }', 'mailfw_controllers: [203.0.113.5]'),
  )
  expect(hosts).toHaveLength(1)
})

test('accepts 500 blocked networks and no more', async () => {
  const blocklist = (count: number) =>
    Array.from({ length: count }, (_, n) => `10.0.${n >> 8}.${n & 255}`).join(', ')
  await load(hostWith(SERVICES, `mailfw_blocklist: [${blocklist(500)}]`))
  const problems = await problemsOf(load(hostWith(SERVICES, `mailfw_blocklist: [${blocklist(501)}]`)))
  expect(problems.join()).toContain('expected at most 500 networks, got 501')
})

test('refuses two hosts at one address and port, unless they are behind different jump hosts', async () => {
  const twins = (second: string) => `
mail:
  vars: { mailfw_services: {} }
  hosts:
    mx1: { ansible_host: 192.0.2.1 }
    mx2: { ansible_host: 192.0.2.1${second} }
`
  expect(await problemsOf(load(twins(', ansible_port: 22')))).toEqual([
    'inventory.yaml:6:12 mail.hosts.mx2.ansible_host: expected an address and port of its own for "mx2", got 192.0.2.1 port 22, which "mx1" has too',
  ])
  await load(twins(', ansible_port: 2222'))
  await load(twins(', ansible_ssh_common_args: -J other'))
})

test('reports what many hosts share once', async () => {
  const problems = await problemsOf(
    load('mail:\n  vars: { mailfw_services: { smtp: { connections: many } } }\n  hosts: { "mx[1:9]": }\n'),
  )
  expect(problems).toHaveLength(1)
})

test.each([
  ['nothing', 'zzz', /expected a pattern that matches a host, got "zzz"/],
  ['nothing, by a slip', 'mx', /got "mx"; did you mean "mx1"\?/],
  ['a host that is not ours', 'db1', /expected a host of mailfw's, .* 1 without mailfw_services$/],
  ['a broken expression', '~[', /expected a host pattern, got "~\["/],
  ['an empty expression', '~', /expected a host pattern, got "~"/],
  [
    'nothing within two seconds',
    '~(a+)+$',
    /expected a pattern that is compared with all names within 2 seconds, got "~\(a\+\)\+\$"/,
  ],
  ['nothing within two seconds, by stars', '*a'.repeat(14) + 'b', /within 2 seconds, got "\*a\*a/],
  ['a wrong expression', '~(', /expected a host pattern, got "~\("/],
  ['an empty text', '', /expected a pattern that matches a host, got ""/],
  ['what a missing file says', '@$DIR/missing', /missing: expected a file, got nothing of that name/],
])('refuses a limit that selects %s', async (_what, limit, message) => {
  const given = { limit: limit.replace('$DIR', written({})) }
  const problems = await problemsOf(load(`${hostWith(SERVICES)}    db1:\n    ${'a'.repeat(60)}!:\n`, given))
  expect(problems.join('\n')).toMatch(message)
})

// Ansible takes these names, but no --limit of its own selects such a host: it reads two patterns, or a file
test.each(['a,b', 'a:b', '@a'])('refuses the name of a host that --limit cannot select: %s', async (name) => {
  const problems = await problemsOf(load(`all: { hosts: { "${name}": { mailfw_services: {} } } }`))
  expect(problems.join('\n')).toContain(`got "${name}"`)
})

test.each(['2001:db8::1', '~a', 'a@b', 'constructor', 'toString', 'valueOf'])(
  'takes the name of a host, which --limit selects: %s',
  async (name) => {
    const text = `all: { hosts: { "${name}": , mx2: }, vars: { mailfw_services: {} } }`
    const { hosts } = await load(text, { limit: name })
    expect(hosts.map((host) => host.name)).toEqual([name])
  },
)

test('reads a limit from a file', async () => {
  const file = written({ 'limit.txt': 'mx1\n\n!mx2\n' })
  const { hosts } = await load('all: { hosts: { mx1: , mx2: }, vars: { mailfw_services: {} } }', {
    limit: `@${file}`,
  })
  expect(hosts.map(({ name }) => name)).toEqual(['mx1'])
})

test.each([
  ['words', 'ping', /--extra-vars: expected key=value, got "ping"/],
  [
    'a name of prototypes',
    '__proto__=1',
    /--extra-vars: expected another name for this key, got "__proto__"/,
  ],
  ['a name of prototypes, among others', 'a=1 __proto__=2', /expected another name for this key/],
  ['a list', '[1]', /--extra-vars: expected a map of variables, got a list/],
  ['a file without @', './vars.yml', /expected "@" before the name of a file/],
  ['a missing file', '@$DIR/missing.yml', /missing\.yml: expected a file/],
  [
    'a wrong value',
    'mailfw_confirm_seconds=9',
    /--extra-vars mailfw_confirm_seconds: expected a number of seconds/,
  ],
])('refuses extra variables that are %s', async (_what, text, message) => {
  const problems = await problemsOf(
    load(hostWith(SERVICES), { extraVars: [text.replace('$DIR', written({}))] }),
  )
  expect(problems.join('\n')).toMatch(message)
})
