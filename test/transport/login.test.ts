import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import type { SshOptions } from '../../src/transport/ssh.ts'
import { connect, failure, hostAt, run, transportIn } from './fixtures.ts'
import type { Home, KeyType, Sshd } from './sshd.ts'
import { makeHome, makeKey, startSshd } from './sshd.ts'

let home: Home
let sshd: Sshd
let keys: string

beforeAll(async () => {
  home = makeHome()
  keys = join(home.path, 'keys')
  mkdirSync(keys)
  const authorized: string[] = []
  const make = (name: string, type: KeyType, passphrase = '', more: readonly string[] = []): void => {
    const path = makeKey(join(keys, name), type, passphrase, more)
    authorized.push(readFileSync(`${path}.pub`, 'utf8'))
  }
  make('ed25519', 'ed25519')
  make('rsa', 'rsa')
  make('ecdsa', 'ecdsa')
  make('rsa.pem', 'rsa', '', ['-m', 'PEM'])
  make('ecdsa.pem', 'ecdsa', '', ['-m', 'PEM'])
  make('secret', 'ed25519', 'open sesame')
  make('secret.pem', 'rsa', 'open sesame', ['-m', 'PEM'])
  makeKey(join(keys, 'stranger'))
  sshd = await startSshd(home, { lines: [`AuthorizedKeysFile ${join(keys, 'authorized')}`] })
  writeFileSync(join(keys, 'authorized'), authorized.join(''), { mode: 0o600 })
  appendFileSync(home.knownHosts, sshd.knownAs(`[127.0.0.1]:${sshd.port}`))
})

afterAll(async () => {
  await sshd.stop()
  home.remove()
})

/** Counts how often somebody is asked, and answers. */
function asking(answer: string | undefined): { options: Partial<SshOptions>; asked: string[] } {
  const asked: string[] = []
  const askPassphrase = (question: string): Promise<Secret | undefined> => {
    asked.push(question)
    return Promise.resolve(answer === undefined ? undefined : new Secret(answer))
  }
  return { options: { askPassphrase }, asked }
}

function withKey(name: string): ReturnType<typeof hostAt> {
  return hostAt({ port: sshd.port, keyFile: join(keys, name) })
}

describe('a key file', () => {
  test.each(['ed25519', 'rsa', 'ecdsa', 'rsa.pem', 'ecdsa.pem'])('%s logs in', async (name) => {
    const connection = await connect(transportIn(home), withKey(name))
    expect(await run(connection, 'true')).toMatchObject({ code: 0 })
    connection.close()
  })

  test.each(['secret', 'secret.pem'])(
    '%s has its passphrase asked once for many connections',
    async (name) => {
      const { options, asked } = asking('open sesame')
      const transport = transportIn(home, options)
      const connections = await Promise.all([1, 2, 3].map(() => connect(transport, withKey(name))))
      connections.push(await connect(transport, withKey(name)))
      expect(asked).toEqual([`Passphrase for the key ~/keys/${name}: `])
      for (const connection of connections) connection.close()
    },
  )

  test('has its passphrase waited for, longer than a connection may take', async () => {
    const slowly = (): Promise<Secret> =>
      new Promise((resolve) =>
        setTimeout(() => {
          resolve(new Secret('open sesame'))
        }, 600),
      )
    const connection = await connect(transportIn(home, { askPassphrase: slowly }), withKey('secret'), 0.5)
    connection.close()
  })

  test.each([
    ['a wrong passphrase', 'wrong', 'the passphrase is wrong'],
    ['no passphrase', undefined, 'no passphrase was given'],
  ])('with %s is `key-file`, and the passphrase is in no message', async (_, answer, reason) => {
    const { options, asked } = asking(answer)
    const transport = transportIn(home, options)
    const errors = await Promise.all([1, 2].map(() => failure(connect(transport, withKey('secret')))))
    for (const error of errors) {
      expect(error.code).toBe('key-file')
      expect(error.message).toContain(`the key ~/keys/secret cannot be used: `)
      expect(error.message).toContain(reason)
      expect(error.message).not.toContain('wrong passphrase')
    }
    expect(asked).toHaveLength(1)
  })

  test('that is encrypted is `key-file` where there is no terminal', async () => {
    const error = await failure(connect(transportIn(home), withKey('secret')))
    expect(error).toMatchObject({ code: 'key-file', tcpCompleted: true })
    expect(error.message).toContain('there is no terminal to ask for its passphrase; ssh-add ~/keys/secret')
  })

  test('that the server does not know is not asked about', async () => {
    const { options, asked } = asking('open sesame')
    makeKey(join(keys, 'locked_stranger'), 'ed25519', 'x')
    const error = await failure(connect(transportIn(home, options), withKey('locked_stranger')))
    expect(error.code).toBe('login')
    expect(asked).toEqual([])
  })

  test.each([
    ['missing', () => 'missing', 'no such file'],
    ['a directory', () => '.', 'it is a directory'],
    ['no key at all', () => file('nonsense', 'hello\n', 0o600), 'not a private key'],
    [
      'readable by others',
      () => copy('open', 0o644),
      'others may read it (mode 0644); chmod 600 ~/keys/open',
    ],
    [
      'broken',
      () => file('broken', readFileSync(join(keys, 'ed25519'), 'utf8').replace(/\n.{30}/, '\n'), 0o600),
      '',
    ],
    [
      'a FIDO key',
      () => file('sk', `sk-ssh-ed25519@openssh.com ${blobOf('sk-ssh-ed25519@openssh.com')}\n`, 0o600),
      'FIDO',
    ],
    [
      'a certificate',
      () =>
        file(
          'cert',
          `ssh-ed25519-cert-v01@openssh.com ${blobOf('ssh-ed25519-cert-v01@openssh.com')}\n`,
          0o600,
        ),
      'certificate',
    ],
  ])('that is %s is `key-file` before anybody is contacted', async (_, make, reason) => {
    const error = await failure(connect(transportIn(home), withKey(make())))
    expect(error).toMatchObject({ code: 'key-file', tcpCompleted: false })
    expect(error.message).toContain('the key ~/keys')
    expect(error.message).toContain(reason)
  })

  test('that is not named but cannot be used is passed over, and told when the login fails', async () => {
    const config = join(home.path, 'open_config')
    writeFileSync(
      config,
      `IdentityFile ${join(keys, copy('open2', 0o640))}\nIdentityFile ${join(keys, 'ed25519')}\nUserKnownHostsFile ${home.knownHosts}\n`,
    )
    const connection = await connect(
      transportIn(home, { sshConfigFile: config }),
      hostAt({ port: sshd.port }),
    )
    connection.close()
    writeFileSync(config, `IdentityFile ${join(keys, 'open2')}\nUserKnownHostsFile ${home.knownHosts}\n`)
    const error = await failure(
      connect(transportIn(home, { sshConfigFile: config }), hostAt({ port: sshd.port })),
    )
    expect(error.code).toBe('login')
    expect(error.message).toContain('others may read it')
  })
})

function file(name: string, text: string, mode: number): string {
  writeFileSync(join(keys, name), text, { mode })
  return name
}

function copy(name: string, mode: number): string {
  copyFileSync(join(keys, 'ed25519'), join(keys, name))
  chmodSync(join(keys, name), mode)
  return name
}

function blobOf(type: string): string {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(40)]).toString('base64')
}

describe('an agent', () => {
  let socket: string
  let agentPid: number
  let bare: string

  beforeAll(() => {
    socket = join(home.path, 'agent')
    const printed = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' })
    agentPid = Number(/SSH_AGENT_PID=(\d+)/.exec(printed)?.[1])
    bare = join(home.path, 'bare_config')
    writeFileSync(bare, `IdentityFile none\nUserKnownHostsFile ${home.knownHosts}\n`)
  })

  afterAll(() => {
    process.kill(agentPid)
  })

  function load(...names: readonly string[]): void {
    const env = { ...process.env, SSH_AUTH_SOCK: socket }
    execFileSync('ssh-add', ['-D'], { env, stdio: 'ignore' })
    for (const name of names) execFileSync('ssh-add', [join(keys, name)], { env, stdio: 'ignore' })
  }

  function withAgent(more: Partial<SshOptions> = {}): ReturnType<typeof transportIn> {
    return transportIn(home, {
      environment: { PATH: process.env['PATH'], SSH_AUTH_SOCK: socket },
      sshConfigFile: bare,
      ...more,
    })
  }

  function refusals(): number {
    return sshd.log().split('Failed publickey').length
  }

  test.each([['ed25519'], ['rsa'], ['ecdsa']])('signs with its %s key', async (name) => {
    load('stranger', name)
    const connection = await connect(withAgent(), hostAt({ port: sshd.port }))
    expect(await run(connection, 'true')).toMatchObject({ code: 0 })
    connection.close()
  })

  test('signs for forty connections at once', async () => {
    load('ed25519')
    const transport = withAgent()
    const connections = await Promise.all(
      Array.from({ length: 40 }, () => connect(transport, hostAt({ port: sshd.port }), 30)),
    )
    for (const connection of connections) connection.close()
  }, 40_000)

  test('that has an encrypted key file unlocked saves the question', async () => {
    const env = {
      ...process.env,
      SSH_AUTH_SOCK: socket,
      SSH_ASKPASS_REQUIRE: 'force',
      SSH_ASKPASS: file('askpass', '#!/bin/sh\necho open sesame\n', 0o700),
    }
    load()
    execFileSync('ssh-add', [join(keys, 'secret')], {
      env: { ...env, SSH_ASKPASS: join(keys, 'askpass') },
      stdio: 'ignore',
    })
    const { options, asked } = asking('open sesame')
    const connection = await connect(withAgent(options), withKey('secret'))
    connection.close()
    expect(asked).toEqual([])
  })

  test('is asked for the named keys only where IdentitiesOnly says so', async () => {
    load('ed25519')
    const sshArguments = ['-o', 'IdentitiesOnly=yes']
    const error = await failure(
      connect(withAgent(), hostAt({ port: sshd.port, keyFile: join(keys, 'stranger'), sshArguments })),
    )
    expect(error.code).toBe('login')
    expect(error.message).toContain('not accepted: the key ~/keys/stranger; the server accepts publickey')
    const publicOnly = hostAt({
      port: sshd.port,
      sshArguments: [...sshArguments, '-o', `IdentityFile=${join(keys, 'ed25519.pub')}`],
    })
    const connection = await connect(withAgent(), publicOnly)
    connection.close()
  })

  test('comes after the key that was named', async () => {
    load('stranger')
    const before = refusals()
    const connection = await connect(withAgent(), withKey('ed25519'))
    connection.close()
    expect(refusals()).toBe(before)
  })

  test('may be named by IdentityAgent, also by a variable, or be none', async () => {
    load('ed25519')
    const transport = withAgent({ environment: { PATH: process.env['PATH'], MY_AGENT: socket } })
    for (const agent of [socket, '$MY_AGENT']) {
      const connection = await connect(
        transport,
        hostAt({ port: sshd.port, sshArguments: ['-o', `IdentityAgent=${agent}`] }),
      )
      connection.close()
    }
    const none = await failure(
      connect(withAgent(), hostAt({ port: sshd.port, sshArguments: ['-o', 'IdentityAgent=none'] })),
    )
    expect(none.message).toContain(
      'there was nothing to try: no key, no agent, no password; the server accepts publickey',
    )
  })

  test('that has no key, or does not answer, is told when the login fails', async () => {
    load()
    const empty = await failure(connect(withAgent(), hostAt({ port: sshd.port })))
    expect(empty.message).toContain(
      'the agent has no key that can be used here (certificates and FIDO keys cannot)',
    )
    const gone = { PATH: process.env['PATH'], SSH_AUTH_SOCK: join(home.path, 'gone') }
    const error = await failure(connect(withAgent({ environment: gone }), hostAt({ port: sshd.port })))
    expect(error.code).toBe('login')
    expect(error.message).toContain(`the agent at ${join(home.path, 'gone')} does not answer`)
  })

  test('with more keys than the server hears out leaves the named key its turn', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `many${index}`)
    for (const name of names) makeKey(join(keys, name))
    load(...names)
    const connection = await connect(withAgent(), withKey('ed25519'))
    connection.close()
    const error = await failure(connect(withAgent(), hostAt({ port: sshd.port })))
    expect(error.code).toBe('login')
    expect(error.message).toContain('Too many authentication failures')
    for (const name of names) rmSync(join(keys, name))
  })
})
