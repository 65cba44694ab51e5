import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { hostWith, LOGIN, problemsOf, written } from './inventories.ts'

function load(file: string) {
  return loadInventory(file, { login: LOGIN })
}

test.each([
  ['INI', 'inventory', '[mx]\nmx1 ansible_host=192.0.2.1\n', /got one in INI form; ansible-inventory/],
  ['INI without sections', 'hosts', 'mx1 ansible_host=192.0.2.1\nmx2\n', /got one in INI form/],
  [
    'INI that begins with hosts',
    'inventory.yaml',
    '; old\nmx1 a=b\n\n[mx:vars]\nx=1\n',
    /got one in INI form/,
  ],
  ['INI by its extension', 'inventory.ini', '', /expected an inventory in YAML \(.*\), got "\.ini"/],
  [
    'a script',
    'inventory',
    '#!/bin/sh\necho "{}"\n',
    /inventory:1: expected an inventory in YAML, got a script/,
  ],
  [
    'a plugin configuration',
    'aws.yaml',
    'plugin: amazon.aws.aws_ec2\n',
    /got the configuration of an inventory plugin/,
  ],
  ['an encrypted file', 'inventory.yaml', '$ANSIBLE_VAULT;1.1;AES256\n3132\n', /ansible-vault encrypted/],
  ['nothing', 'inventory.yaml', '# nothing\n---\n', /expected groups with their hosts, got nothing/],
  ['a list', 'inventory.yaml', '- mx1\n', /got one in INI form|got a list/],
  ['bytes', 'inventory.yaml', new Uint8Array([0xff, 0xfe, 0x00]), /expected text in UTF-8/],
  ['a NUL', 'inventory.yaml', 'a: "\u0000"', /inventory\.yaml:1:5: expected YAML/],
  [
    'a key twice',
    'inventory.yaml',
    'all:\n  vars:\n    a: 1\n    a: 2\n',
    /yaml:4:5: expected YAML: duplicated mapping key, at "a"/,
  ],
  ['a tab', 'inventory.yaml', 'all:\n\thosts:\n', /yaml:2:1: expected YAML: tab characters/],
  ['two documents', 'inventory.yaml', 'a: 1\n---\nb: 1\n', /yaml:2:1: expected one document, got a second/],
  [
    'an alias that is not there',
    'inventory.yaml',
    'all: *x\n',
    /yaml:1:7: expected YAML: unidentified alias "x"/,
  ],
])('refuses %s', async (_what, name, content, message) => {
  const problems = await problemsOf(load(written({ [name]: content })))
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(message)
})

test('refuses a directory and a file that is not there', async () => {
  const file = written({ 'inventory.yaml': '' })
  expect((await problemsOf(load(dirname(file)))).join()).toMatch(
    /expected one inventory file in YAML, got a directory/,
  )
  expect((await problemsOf(load(`${file}.yaml`))).join()).toMatch(/expected a file, got nothing of that name/)
})

test('reads a file that is executable by accident', async () => {
  const file = written({ 'inventory.yaml': hostWith('mailfw_services: {}') })
  chmodSync(file, 0o755)
  expect((await load(file)).hosts).toHaveLength(1)
})

test.each([
  [
    'aliases that multiply',
    `a: &a0 [x]\n${Array.from({ length: 29 }, (_, n) => `k${n}: &a${n + 1} [*a${n}, *a${n}]\n`).join('')}`,
    /:19:1: expected at most 1000000 values, got more, counting what aliases repeat/,
  ],
  ['a value that contains itself', 'a: &a [*a, *a]\n', /:1:8: expected .* or a value that contains itself/],
  ['merges that multiply', mergeBomb(2_000, 1_000), /expected YAML: .*merge/],
  ['deep nesting', `a: ${'['.repeat(400_000)}`, /expected YAML/],
  ['a huge file', `a: ${'x'.repeat(5 * 1024 * 1024)}`, /expected at most 4 MiB, got more/],
  ['a huge range', 'all: { hosts: { "mx[1:99999999]": } }', /expected at most 10000 hosts/],
  ['many huge ranges', 'all: { hosts: { "mx[1:9999]-[1:9999]": } }', /expected at most 10000 hosts/],
])('bounds %s', async (_what, content, message) => {
  const started = process.memoryUsage().rss
  const file = written({ 'inventory.yaml': content })
  expect((await problemsOf(load(file))).join()).toMatch(message)
  expect(process.memoryUsage().rss - started).toBeLessThan(400_000_000)
})

test('reports an unreadable form of group_vars with the rest', async () => {
  const file = written({
    'inventory.yaml': hostWith('mailfw_services: { smtp: { connections: 0 } }'),
    'group_vars/mail.yml': '- a list\n',
    'host_vars/mx1.yml': 'a: 1\na: 2\n',
  })
  expect(await problemsOf(load(file))).toEqual([
    'mail.yml: expected a map of variables, got a list',
    'mx1.yml:2:1: expected YAML: duplicated mapping key, at "a"',
    expect.stringContaining('inventory.yaml:4:34 mail.hosts.mx1.mailfw_services.smtp.connections: expected'),
  ])
})

test('reads thousands of hosts that merge a common part', async () => {
  const hosts = Array.from({ length: 5_000 }, (_, n) => `    mx${n}: { <<: *common }`)
  const file = written({
    'inventory.yaml': [
      '.common: &common { mailfw_services: {}, a: 1, b: 2, c: 3 }',
      'mail:',
      '  hosts:',
      ...hosts,
      '',
    ].join('\n'),
  })
  expect((await load(file)).hosts).toHaveLength(5_000)
})

/** So many maps that each merge one of so many keys. */
function mergeBomb(maps: number, keys: number): string {
  const base = Array.from({ length: keys }, (_, n) => `k${n}: 1`).join(', ')
  return `a: &a { ${base} }\n${Array.from({ length: maps }, (_, n) => `m${n}: { <<: *a }\n`).join('')}`
}
