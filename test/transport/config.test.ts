import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SshConfig } from '../../src/transport/config/ssh-config.ts'
import { targetOf } from '../../src/transport/config/target-of.ts'
import type { Asked } from '../../src/transport/config/target-of.ts'
import type { Target } from '../../src/transport/target.ts'

let home: string
let calls: string

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'config-'))
  calls = join(home, 'calls')
  mkdirSync(join(home, 'bin'))
  mkdirSync(join(home, 'empty'))
  // The real ssh, counted.
  const real = execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim()
  writeFileSync(join(home, 'bin', 'ssh'), `#!/bin/sh\necho x >> ${calls}\nexec ${real} "$@"\n`, {
    mode: 0o755,
  })
})

beforeEach(() => {
  writeFileSync(calls, '')
})

afterAll(() => {
  rmSync(home, { recursive: true })
})

function timesAsked(): number {
  return readFileSync(calls, 'utf8').split('\n').length - 1
}

/** What several hosts resolve to with one configuration, in one run. */
async function targets(
  config: string,
  asked: readonly Partial<Asked>[],
  environment: Record<string, string> = {},
): Promise<Target[]> {
  const configFile = join(home, 'ssh_config')
  writeFileSync(configFile, config)
  const variables = { PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`, ...environment }
  const sshConfig = new SshConfig(variables, () => undefined)
  const local = { home, user: 'me', environment: variables, configFile }
  return Promise.all(
    asked.map((one) => targetOf({ name: 'mx1', sshArguments: [], ...one }, sshConfig, local)),
  )
}

async function target(
  config: string,
  asked: Partial<Asked> = {},
  environment: Record<string, string> = {},
): Promise<Target> {
  const [only] = await targets(config, [asked], environment)
  if (only === undefined) throw new Error('expected a target')
  return only
}

test('takes from ssh_config what inventory and flags leave open', async () => {
  const config = `Host mx1
    HostName %h.Example.NET
    User bob
    Port 2222
    AddressFamily inet6
    BindAddress 127.0.0.2
    IdentitiesOnly yes
    HashKnownHosts yes
    UserKnownHostsFile ~/.ssh/known_%h "/tmp/with space/known"
    GlobalKnownHostsFile none
  `
  expect(await target(config)).toMatchObject({
    hostName: 'mx1.example.net',
    user: 'bob',
    port: 2222,
    addressFamily: 6,
    bindAddress: '127.0.0.2',
    identitiesOnly: true,
    route: { kind: 'direct' },
    hostKeys: {
      name: '[mx1.example.net]:2222',
      plainName: 'mx1.example.net',
      hashNames: true,
      userFiles: [join(home, '.ssh/known_mx1.example.net'), '/tmp/with space/known'],
      globalFiles: [],
    },
  })
  expect(await target(config, { user: 'alice', port: 22 })).toMatchObject({
    user: 'alice',
    port: 22,
    hostKeys: { name: 'mx1.example.net' },
  })
})

test('inventory and flags win over the arguments for ssh, and those over ssh_config', async () => {
  const config = 'User fromConfig\nPort 1\n'
  const sshArguments = ['-o', 'User=fromArgs', '-p', '2']
  expect(await target(config, { sshArguments })).toMatchObject({ user: 'fromArgs', port: 2 })
  expect(await target(config, { sshArguments, user: 'fromFlag', port: 3 })).toMatchObject({
    user: 'fromFlag',
    port: 3,
  })
})

test('expands the tokens of IdentityFile, and takes the named key alone', async () => {
  const config = `IdentityFile ~/a_%h_%r_%p\nIdentityFile %d/b_%u_%n_%%\nIdentityFile \${KEYS}/c_%l\nIdentityFile none\n`
  const { keyFiles } = await target(config, { user: 'bob' }, { KEYS: '/keys' })
  expect(keyFiles).toEqual([
    { path: `${home}/a_mx1_bob_22`, required: false },
    { path: `${home}/b_me_mx1_%`, required: false },
    { path: `/keys/c_${hostname()}`, required: false },
  ])
  expect((await target(config, { keyFile: '~/named' }, { KEYS: '/keys' })).keyFiles).toEqual([
    { path: `${home}/named`, required: true },
  ])
})

test.each([
  ['IdentityFile ~/%x', 'IdentityFile in ssh_config has the token %x'],
  ['IdentityFile ${NOT_SET}/x', 'IdentityFile in ssh_config names the variable NOT_SET, which is not set'],
])('%s is an error that says so', async (config, message) => {
  await expect(target(config)).rejects.toThrow(message)
})

describe('the agent', () => {
  const environment = { SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other' }

  test.each([
    ['', '/run/agent'],
    ['IdentityAgent SSH_AUTH_SOCK', '/run/agent'],
    ['IdentityAgent none', undefined],
    ['IdentityAgent $OTHER', '/run/other'],
    ['IdentityAgent /run/%r', '/run/bob'],
  ])('%s', async (config, socket) => {
    expect((await target(config, { user: 'bob' }, environment)).agentSocket).toBe(socket)
  })
})

describe('a ProxyJump', () => {
  test.each([
    ['b1', { hostName: 'b1', port: 22 }],
    ['carol@b1:2200', { hostName: 'b1', port: 2200, user: 'carol' }],
    ['[2001:db8::1]:2200', { hostName: '2001:db8::1', port: 2200 }],
    ['[2001:db8::1]', { hostName: '2001:db8::1', port: 22 }],
    ['ssh://carol@b1:2200', { hostName: 'b1', port: 2200, user: 'carol' }],
    ['me@corp.example@b1', { hostName: 'b1', user: 'me@corp.example' }],
  ])('%s is read as ssh reads it', async (jump, hop) => {
    const { route } = await target('', { sshArguments: ['-J', jump] })
    expect(route).toMatchObject({ kind: 'jump', hop })
  })

  test('is followed in the order of its stations', async () => {
    const { route } = await target('Host b2\nUser dave\n', { user: 'bob', sshArguments: ['-J', 'b1,b2'] })
    const first = { hostName: 'b1', route: { kind: 'direct' } }
    expect(route).toMatchObject({
      kind: 'jump',
      hop: { hostName: 'b2', user: 'dave', route: { kind: 'jump', hop: first } },
    })
  })
})

describe('ssh is asked', () => {
  const fleet = Array.from({ length: 10 }, (_, index) => ({ name: `mx${index}` }))

  test('twice for a whole fleet if its configuration makes no difference between hosts', async () => {
    const found = await targets('Host *\n  User bob\nMatch all\n  Port 2222\n', fleet)
    expect(found.map(({ hostName, user, port }) => [hostName, user, port])).toEqual(
      fleet.map(({ name }) => [name, 'bob', 2222]),
    )
    expect(timesAsked()).toBe(2)
  })

  test.each([
    ['Host mx3\n  Port 2222\n', (name: string) => (name === 'mx3' ? 2222 : 22)],
    ['Host "mx3"\n  Port 2222\n', (name: string) => (name === 'mx3' ? 2222 : 22)],
    ['host=mx3\n  Port=2222\n', (name: string) => (name === 'mx3' ? 2222 : 22)],
    ['Match host mx3\n  Port 2222\n', (name: string) => (name === 'mx3' ? 2222 : 22)],
  ])('for each host where %j makes one', async (config, port) => {
    const found = await targets(config, fleet)
    expect(found.map((one) => one.port)).toEqual(fleet.map(({ name }) => port(name)))
    expect(timesAsked()).toBe(10)
  })

  test('for each host where an included file makes a difference', async () => {
    writeFileSync(join(home, 'included'), 'Host mx3\n  Port 2222\n')
    const found = await targets(`Include ${join(home, 'included')}\n`, fleet)
    expect(found[3]?.port).toBe(2222)
    expect(found[4]?.port).toBe(22)
  })

  test('for each host where HostName has a token', async () => {
    const found = await targets('HostName %h.example.net\n', fleet)
    expect(found.map((one) => one.hostName)).toEqual(fleet.map(({ name }) => `${name}.example.net`))
  })

  test('for each host if all have the same HostName', async () => {
    const found = await targets('HostName gateway.example.net\n', fleet)
    expect(new Set(found.map((one) => one.hostName))).toEqual(new Set(['gateway.example.net']))
    expect(timesAsked()).toBe(10)
  })

  test.each<[string, (one: Target) => unknown, (name: string) => unknown]>([
    ['IdentityAgent /run/%h', (one: Target) => one.agentSocket, (name: string) => `/run/${name}`],
    ['UserKnownHostsFile /k/%h', (one: Target) => one.hostKeys.userFiles[0], (name: string) => `/k/${name}`],
    ['"Host" mx3\n  Port 2222', (one: Target) => one.port, (name: string) => (name === 'mx3' ? 2222 : 22)],
  ])('for each host if %j tells them apart', async (config, read, expected) => {
    const found = await targets(`${config}\n`, fleet)
    expect(found.map(read)).toEqual(fleet.map(({ name }) => expected(name)))
  })

  test('again for each host if it refused the first one', async () => {
    const asked = [{ name: 'a b' }, ...fleet].map((one) => ({ sshArguments: [], ...one }))
    const environment = { PATH: process.env['PATH'] }
    const sshConfig = new SshConfig(environment, () => undefined)
    const local = { home, user: 'me', environment, configFile: '/dev/null' }
    const settled = await Promise.allSettled(asked.map((one) => targetOf(one, sshConfig, local)))
    expect(settled.map(({ status }) => status)).toEqual(['rejected', ...fleet.map(() => 'fulfilled')])
  })
})

test('goes on with defaults where ssh is not installed, and says so once', async () => {
  let missing = 0
  const sshConfig = new SshConfig({ PATH: join(home, 'empty') }, () => {
    missing += 1
  })
  const local = { home, user: 'me', environment: {} }
  const asked = [{ name: 'MX1' }, { name: 'mx2', port: 2222, user: 'bob' }]
  const [first, second] = await Promise.all(
    asked.map((one) => targetOf({ sshArguments: [], ...one }, sshConfig, local)),
  )
  expect(first).toMatchObject({
    hostName: 'mx1',
    port: 22,
    user: 'me',
    route: { kind: 'direct' },
    hostKeys: { name: 'mx1', userFiles: [`${home}/.ssh/known_hosts`, `${home}/.ssh/known_hosts2`] },
  })
  expect(first?.keyFiles.map(({ path }) => path)).toContain(`${home}/.ssh/id_ed25519`)
  expect(second).toMatchObject({ hostName: 'mx2', port: 2222, user: 'bob', hostKeys: { name: '[mx2]:2222' } })
  expect(missing).toBe(1)
})
