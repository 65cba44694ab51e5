import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { SETTING_SCHEMAS } from '../../src/inventory/setting-schema.ts'
import { DEFAULT_PRESERVE } from '../../src/model/foreign.ts'
import type { Host } from '../../src/model/host.ts'
import { formatNetwork } from '../../src/model/network.ts'
import type { Service } from '../../src/model/service.ts'
import { hostWith, load, loadHost, LOGIN, written } from './inventories.ts'

const INVENTORIES = join(import.meta.dirname, '../../inventories')

function service(host: Host, name: string): Service {
  const found = host.settings.services.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`expected a service ${name}`)
  return found
}

function sourcesOf({ sources }: Service): readonly string[] | 'any' {
  return sources === 'any' ? sources : sources.map(formatNetwork)
}

test.each(['example.yaml', 'fleet.yaml', 'single-host.yaml'])('loads inventories/%s', async (name) => {
  const { hosts } = await loadInventory(join(INVENTORIES, name), { login: LOGIN })
  expect(hosts.length).toBeGreaterThan(0)
})

test('shows every variable and key in inventories/example.yaml', () => {
  const text = readFileSync(join(INVENTORIES, 'example.yaml'), 'utf8')
  const serviceKeys = [
    'from',
    'port',
    'ports',
    'protocol',
    'families',
    'limit',
    'rate',
    'burst',
    'connections',
  ]
  const preserveKeys = ['chains', 'sets', 'lists', 'interfaces', 'comments', 'rules']
  const keys = [
    ...Object.keys(SETTING_SCHEMAS),
    ...serviceKeys,
    ...preserveKeys,
    'timeout_seconds',
    'banner',
    'input',
    'forward',
    'output',
    'v4',
    'v6',
  ]
  expect(keys.filter((key) => !new RegExp(`^[^#]*\\b${key}:`, 'm').test(text))).toEqual([])
})

test('opens SSH alone for empty services, with the documented defaults', async () => {
  const { settings } = await loadHost(hostWith('mailfw_services: {}'))
  expect(settings).toEqual({
    services: [],
    ssh: {
      name: 'ssh',
      protocol: 'tcp',
      ports: [{ from: 22, to: 22 }],
      sources: 'any',
      families: ['v4', 'v6'],
    },
    controllers: [],
    blocklist: [],
    ping: true,
    logDropped: false,
    policies: { input: 'drop', forward: 'drop', output: 'accept' },
    extraRules: { v4: [], v6: [] },
    preserve: DEFAULT_PRESERVE,
    confirm: 'connection',
    confirmSeconds: 60,
    probes: { services: 'all', timeoutSeconds: 5, banner: true },
    addresses: [],
  })
})

test('merges mailfw maps from all to the host, key by key, and lets false and null remove', async () => {
  const file = written({
    'inventory.yaml': `
all:
  vars:
    mailfw_services:
      smtp: {}
      imaps: { limit: { rate: 60/minute, burst: 100 }, connections: 200 }
      pop3s: {}
  children:
    mail:
      vars: { mailfw_services: { imaps: { limit: { rate: 5/s } }, pop3s: null } }
      hosts:
        mx1: { mailfw_services: { smtp: false, imaps: { connections: false }, lmtp: {} } }
`,
    'group_vars/mail.yml': 'mailfw_services: { imaps: { families: [v6] } }',
    'host_vars/mx1.yml': 'mailfw_services: { pop3s: { connections: 7 } }',
  })
  const { hosts } = await loadInventory(file, { login: LOGIN })
  expect(hosts[0]?.settings.services).toEqual([
    {
      name: 'imaps',
      protocol: 'tcp',
      ports: [{ from: 993, to: 993 }],
      sources: 'any',
      families: ['v6'],
      limit: { count: 5, per: 'second', burst: 100 },
    },
    {
      name: 'pop3s',
      protocol: 'tcp',
      ports: [{ from: 995, to: 995 }],
      sources: 'any',
      families: ['v4', 'v6'],
      connections: 7,
    },
    { name: 'lmtp', protocol: 'tcp', ports: [{ from: 24, to: 24 }], sources: 'any', families: ['v4', 'v6'] },
  ])
  expect(hosts[0]?.vars['mailfw_services']).toEqual({
    imaps: { limit: { rate: '5/s', burst: 100 }, families: ['v6'] },
    pop3s: { connections: 7 },
    lmtp: {},
  })
})

test('takes an alias for the service that it names, at every level', async () => {
  const host = await loadHost(`
mail:
  vars: { mailfw_services: { smtps: { connections: 5 }, managesieve: {} } }
  hosts: { mx1: { mailfw_services: { submissions: { families: [v4] }, sieve: false } } }
`)
  expect(host.settings.services).toMatchObject([{ name: 'submissions', connections: 5, families: ['v4'] }])
})

test('gives unknown services the ports and protocol that they say', async () => {
  const host = await loadHost(
    hostWith(
      'mailfw_services:',
      '  voice: { ports: [5070, "5060-5062", 5062, "25"], protocol: udp }',
      '  smtp: { port: 2525 }',
    ),
  )
  expect(host.settings.services).toMatchObject([
    {
      protocol: 'udp',
      ports: [
        { from: 25, to: 25 },
        { from: 5060, to: 5062 },
        { from: 5070, to: 5070 },
      ],
    },
    { protocol: 'tcp', ports: [{ from: 2525, to: 2525 }] },
  ])
})

test.each([
  ['30/minute', { count: 30, per: 'minute', burst: 30 }],
  ['30/min', { count: 30, per: 'minute', burst: 30 }],
  ['30/m', { count: 30, per: 'minute', burst: 30 }],
  ['2/s', { count: 2, per: 'second', burst: 2 }],
  ['7/hour', { count: 7, per: 'hour', burst: 7 }],
  ['9/d', { count: 9, per: 'day', burst: 9 }],
])('reads the rate %s', async (rate, limit) => {
  const host = await loadHost(hostWith(`mailfw_services: { imaps: { limit: { rate: ${rate} } } }`))
  expect(service(host, 'imaps').limit).toEqual(limit)
})

test('looks up networks, names inside names and groups, each source once, in the order written', async () => {
  const host = await loadHost(`
all:
  vars:
    mailfw_networks:
      both: [office, 192.0.2.128/25, "group:front"]
      office: ["2001:DB8:10::/48", 203.0.113.0/24]
      single: 198.51.100.7
  hosts:
    mx1: { mailfw_services: { imaps: { from: [single, both, office, 198.51.100.7] } } }
front:
  hosts:
    front1: { mailfw_addresses: [192.0.2.1, "2001:db8::1"] }
    front2: { ansible_host: 192.0.2.2 }
    192.0.2.3:
`)
  expect(sourcesOf(service(host, 'imaps'))).toEqual([
    ...['198.51.100.7', '2001:db8:10::/48', '203.0.113.0/24', '192.0.2.128/25'],
    ...['192.0.2.1', '2001:db8::1', '192.0.2.2', '192.0.2.3'],
  ])
})

test('looks groups up over the whole inventory, also under a limit', async () => {
  const text = `
mail:
  vars: { mailfw_services: { lmtp: { from: ["group:mx"] } } }
  children:
    mx: { hosts: { mx1: { ansible_host: 192.0.2.1 }, mx2: { ansible_host: 192.0.2.2 } } }
    store: { hosts: { store1: } }
`
  const { hosts } = await load(text, { limit: 'store' })
  expect(hosts.map(({ settings }) => settings.services.map(sourcesOf))).toEqual([
    [['192.0.2.1', '192.0.2.2']],
  ])
})

test('closes a service in the family that none of its sources is of', async () => {
  const host = await loadHost(
    hostWith(
      'mailfw_ssh: { from: [192.0.2.0/24] }',
      'mailfw_services:',
      '  imaps: { from: ["2001:db8::/32"] }',
      '  pop3s: { from: ["2001:db8::/32", 192.0.2.1], families: [v4] }',
    ),
  )
  expect(host.settings.ssh.families).toEqual(['v4'])
  expect(service(host, 'imaps').families).toEqual(['v6'])
  expect(service(host, 'pop3s').families).toEqual(['v4'])
  expect(sourcesOf(service(host, 'pop3s'))).toEqual(['192.0.2.1'])
})

test.each([
  ['ansible_port: 2222', 2222],
  ['mailfw_ssh: { port: 2022 }', 2022],
  ['ansible_connection: ssh', 22],
])('opens SSH where %s says', async (line, port) => {
  const { settings } = await loadHost(hostWith('mailfw_services: {}', line))
  expect(settings.ssh.ports).toEqual([{ from: port, to: port }])
})

test('adds what is preserved to the defaults and across levels', async () => {
  const { settings } = await loadHost(`
all: { vars: { mailfw_preserve: [monitoring-*] } }
mail:
  vars: { mailfw_preserve: { interfaces: [wg*], comments: ["managed by *"], lists: knock, rules: "-A INPUT -s ADDRESS -j ACCEPT" } }
  hosts: { mx1: { mailfw_services: {}, mailfw_preserve: { chains: [x, f2b-*] } } }
`)
  expect(settings.preserve).toEqual({
    chains: [...DEFAULT_PRESERVE.chains, 'monitoring-*', 'x'],
    sets: [...DEFAULT_PRESERVE.sets, 'monitoring-*'],
    lists: [...DEFAULT_PRESERVE.lists, 'knock'],
    interfaces: [...DEFAULT_PRESERVE.interfaces, 'wg*'],
    comments: [...DEFAULT_PRESERVE.comments, 'managed by *'],
    rules: [...DEFAULT_PRESERVE.rules, '-A INPUT -s ADDRESS -j ACCEPT'],
  })
})

test('finds templates relative to the inventory file, wherever the variable stands', async () => {
  const file = written({
    'inventory.yaml': hostWith('mailfw_services: {}'),
    'group_vars/mail.yml': 'mailfw_templates: own',
    'own/rules.v4.hbs': '',
  })
  const { hosts } = await loadInventory(file, { login: LOGIN })
  expect(hosts[0]?.settings.templates).toBe(file.replace('inventory.yaml', 'own'))
})

test('lets -e beat everything, and the flag beat mailfw_confirm_seconds', async () => {
  const options = {
    extraVars: [
      'mailfw_ping=no mailfw_confirm_seconds=30',
      '{"mailfw_services": {"imaps": {"connections": 5}}}',
    ],
  }
  const text = hostWith('mailfw_ping: true', 'mailfw_services: { imaps: { connections: 9, families: [v4] } }')
  const { settings } = await loadHost(text, options)
  expect(settings).toMatchObject({ ping: false, confirmSeconds: 30 })
  expect(settings.services).toMatchObject([{ connections: 5, families: ['v4'] }])
  const flagged = await loadHost(text, { ...options, login: { ...LOGIN, confirmSeconds: 45 } })
  expect(flagged.settings.confirmSeconds).toBe(45)
})

test('leaves out hosts without services and local ones, and says why', async () => {
  const { hosts, leftOut } = await load(`
all:
  hosts:
    mx1: { mailfw_services: {} }
    mx2: { mailfw_services: {}, ansible_connection: local }
    mx3: { mailfw_services: false }
    db1:
`)
  expect(hosts.map(({ name }) => name)).toEqual(['mx1'])
  expect(leftOut).toEqual([
    { name: 'mx2', why: 'local' },
    { name: 'mx3', why: 'no-services' },
    { name: 'db1', why: 'no-services' },
  ])
})

test('names files that ansible-vault encrypted, and reads the rest', async () => {
  const file = written({
    'inventory.yaml': hostWith('mailfw_services: {}'),
    'group_vars/all/vault.yml': '$ANSIBLE_VAULT;1.1;AES256\n3132\n',
    'group_vars/all/plain.yml': 'colour: blue',
  })
  const { hosts, encryptedFiles } = await loadInventory(file, { login: LOGIN })
  expect(encryptedFiles).toEqual([file.replace('inventory.yaml', 'group_vars/all/vault.yml')])
  expect(hosts[0]?.vars['colour']).toBe('blue')
})

test('loads 10,000 hosts that name each other in bounded time and memory', { timeout: 60_000 }, async () => {
  const mx = Array.from(
    { length: 5_000 },
    (_, n) => `        mx${n}: { ansible_host: 10.0.${n >> 8}.${n & 255} }`,
  )
  const store = Array.from(
    { length: 5_000 },
    (_, n) => `        store${n}: { mailfw_services: { lmtp: { from: ["group:mx"] } } }`,
  )
  const started = process.cpuUsage()
  const { hosts } = await load(
    [
      'mail:',
      '  vars: { mailfw_services: { smtp: {} } }',
      '  children:',
      '    mx:',
      '      hosts:',
      ...mx,
    ].join('\n') + ['', '    store:', '      hosts:', ...store].join('\n'),
  )
  expect(hosts).toHaveLength(10_000)
  expect(process.cpuUsage(started).user).toBeLessThan(15_000_000)
})
