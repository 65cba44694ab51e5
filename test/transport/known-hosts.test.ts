import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { namesHost } from '../../src/transport/known-hosts/names.ts'
import { parseKnownHosts } from '../../src/transport/known-hosts/parse.ts'
import { connect, failure, hostAt, run, transportIn } from './fixtures.ts'
import type { Home, Sshd } from './sshd.ts'
import { makeHome, makeKey, startSshd } from './sshd.ts'

let home: Home
let sshd: Sshd
let name: string
let strangeKey: string

beforeAll(async () => {
  home = makeHome()
  sshd = await startSshd(home, { keyTypes: ['ed25519', 'rsa', 'ecdsa'] })
  name = `[127.0.0.1]:${sshd.port}`
  strangeKey = publicKey(makeKey(join(home.path, 'strange')))
})

afterAll(async () => {
  await sshd.stop()
  home.remove()
})

function publicKey(path: string): string {
  return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
}

function known(text: string): void {
  writeFileSync(home.knownHosts, text)
}

function ofType(type: string): string {
  const line = sshd
    .knownAs(name)
    .split('\n')
    .find((each) => each.includes(` ${type} `))
  return `${line ?? ''}\n`
}

describe('a line of known_hosts is about the hosts that ssh-keygen -F finds in it', () => {
  const names = [
    'mx1.example.net',
    'mx2.example.net',
    '192.0.2.1',
    '[mx1.example.net]:2222',
    '2001:db8::1',
    '[2001:db8::1]:2222',
  ]

  const lines = [
    'mx1.example.net,192.0.2.1',
    'MX1.example.net',
    '*.example.net,!mx2.example.net',
    '!mx1.example.net,*',
    '[mx1.example.net]:2222',
    'mx?.example.net',
    '2001:db8::1',
    '[2001:db8::1]:2222',
    '192.0.2.*',
    '*',
    'mx1.example.nett',
    'mx1xexample.net',
  ]
  test.each(lines)('%s', (line) => {
    const file = join(home.path, 'oracle')
    writeFileSync(file, `${line} ${strangeKey}\n`)
    for (const host of names)
      expect([host, isFound(file, host)]).toEqual([host, isFoundBySshKeygen(file, host)])
  })

  test('hashed', () => {
    const file = join(home.path, 'hashed')
    writeFileSync(file, `${names.slice(0, 4).join(',')} ${strangeKey}\n`)
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' })
    expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|/)
    for (const host of names)
      expect([host, isFound(file, host)]).toEqual([host, isFoundBySshKeygen(file, host)])
  })
})

function isFound(file: string, host: string): boolean {
  return parseKnownHosts(readFileSync(file, 'utf8'), file).some((line) => namesHost(line.names, host))
}

function isFoundBySshKeygen(file: string, host: string): boolean {
  return spawnSync('ssh-keygen', ['-F', host, '-f', file]).status === 0
}

test('reads any text without throwing', () => {
  const word = fc.constantFrom(
    '@revoked',
    '@nonsense',
    '|1|',
    '|1|YQ==|YQ==',
    '!',
    '*',
    '#',
    'a,b',
    strangeKey,
    '\t',
    ' ',
    '\r',
    '\n',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string())), (parts) => {
      for (const line of parseKnownHosts(parts.join(' '), 'f')) namesHost(line.names, 'a')
    }),
  )
})

describe('a host key', () => {
  test.each([
    ['written plainly', () => sshd.knownAs(name)],
    ['of another type than the first choice', () => ofType('ssh-rsa')],
    [
      'of a third type, behind a comment and a broken line',
      () => `# x\n\nfoo bar\n${ofType('ecdsa-sha2-nistp256')}`,
    ],
    ['under the name without the port', () => sshd.knownAs('127.0.0.1')],
    ['among other names', () => sshd.knownAs(`foo,${name}`)],
  ])('%s is accepted', async (_, text) => {
    known(text())
    const connection = await connect(transportIn(home), hostAt({ port: sshd.port }))
    expect(await run(connection, 'true')).toMatchObject({ code: 0 })
    connection.close()
  })

  test('that is hashed is accepted', async () => {
    known(sshd.knownAs(name))
    execFileSync('ssh-keygen', ['-H', '-f', home.knownHosts], { stdio: 'ignore' })
    const connection = await connect(transportIn(home), hostAt({ port: sshd.port }))
    connection.close()
  })

  test('is looked up under its HostKeyAlias', async () => {
    known(sshd.knownAs('alias'))
    const host = hostAt({ port: sshd.port, sshArguments: ['-o', 'HostKeyAlias=ALIAS'] })
    const connection = await connect(transportIn(home), host)
    connection.close()
  })

  test.each([[false], [true]])(
    'that has changed is refused, with the place and both fingerprints (accept new: %s)',
    async (acceptNewHostKeys) => {
      known(`# first line\n${name} ${strangeKey}\n`)
      const error = await failure(
        connect(transportIn(home, { acceptNewHostKeys }), hostAt({ port: sshd.port })),
      )
      expect(error).toMatchObject({ code: 'host-key-changed', tcpCompleted: true })
      expect(error.message).toContain(`${home.knownHosts}:2`)
      expect(error.message.match(/SHA256:/g)).toHaveLength(2)
    },
  )

  test('of a type that no line has is a changed one, where the host has lines of other types', async () => {
    const dsaOnly = await startSshd(home, { keyTypes: ['ecdsa'] })
    known(`[127.0.0.1]:${dsaOnly.port} ${strangeKey}\n`)
    const error = await failure(
      connect(transportIn(home, { acceptNewHostKeys: true }), hostAt({ port: dsaOnly.port })),
    )
    expect(error.code).toBe('host-key-changed')
    await dsaOnly.stop()
  })

  test.each([[false], [true]])('that is revoked is refused (accept new: %s)', async (acceptNewHostKeys) => {
    known(
      sshd.knownAs(name) +
        sshd
          .knownAs('*')
          .replace(/^/gm, '@revoked ')
          .replace(/@revoked $/, ''),
    )
    const error = await failure(
      connect(transportIn(home, { acceptNewHostKeys }), hostAt({ port: sshd.port })),
    )
    expect(error.code).toBe('host-key-revoked')
    expect(error.message).toContain(`${home.knownHosts}:4`)
  })

  test('that is unknown is refused, with its fingerprint and the ssh-keyscan line', async () => {
    known('')
    const error = await failure(connect(transportIn(home), hostAt({ port: sshd.port })))
    const printed = execFileSync('ssh-keygen', ['-lf', '-'], {
      input: ofType('ssh-ed25519'),
      encoding: 'utf8',
    })
    const fingerprint = `ssh-ed25519 ${printed.split(' ')[1] ?? ''}`
    expect(error).toMatchObject({ code: 'host-key-unknown', tcpCompleted: true, fingerprint })
    expect(error.message).toContain(fingerprint)
    expect(error.message).toContain(`ssh-keyscan -p ${sshd.port} -t ed25519 127.0.0.1 >> ${home.knownHosts}`)
    expect(readFileSync(home.knownHosts, 'utf8')).toBe('')
  })

  test.each(['/dev/null', 'none'])(
    'that is unknown, and could not be recorded, is no command that records it: %s',
    async (file) => {
      const host = hostAt({ port: sshd.port, sshArguments: ['-o', `UserKnownHostsFile=${file}`] })
      const error = await failure(connect(transportIn(home), host))
      expect(error.code).toBe('host-key-unknown')
      expect(error.keyScan).toBeUndefined()
      expect(error.message).toContain('UserKnownHostsFile of ssh_config names none that keeps keys')
      expect(error.message).not.toContain('ssh-keyscan')
    },
  )

  test('that only a certificate authority vouches for is unknown, and the message says why', async () => {
    known(`@cert-authority 127.0.0.1,${name} ${strangeKey}\n`)
    const error = await failure(connect(transportIn(home), hostAt({ port: sshd.port })))
    expect(error.code).toBe('host-key-unknown')
    expect(error.message).toContain('host certificates cannot be checked here')
  })
})

describe('with new keys accepted', () => {
  const accepting = { acceptNewHostKeys: true }

  test('the key is added once, on a line of its own, also when many connect at the same time', async () => {
    known('a line without an end')
    const transport = transportIn(home, accepting)
    const host = hostAt({ port: sshd.port })
    const connections = await Promise.all([1, 2, 3, 4].map(() => connect(transport, host)))
    connections.push(await connect(transport, host))
    for (const connection of connections) connection.close()
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(`a line without an end\n${ofType('ssh-ed25519')}`)
    expect(isFoundBySshKeygen(home.knownHosts, name)).toBe(true)
    const again = await connect(transportIn(home), host)
    again.close()
  })

  test('the name is hashed where HashKnownHosts says so, in a new file that only we may read', async () => {
    const file = join(home.path, 'new', 'known_hosts')
    const sshArguments = ['-o', 'HashKnownHosts=yes', '-o', `UserKnownHostsFile=${file}`]
    const transport = transportIn(home, accepting)
    const connection = await connect(transport, hostAt({ port: sshd.port, sshArguments }))
    connection.close()
    expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|[^ ]+ ssh-ed25519 \S+\n$/)
    expect(isFoundBySshKeygen(file, name)).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(transport.notices).toHaveLength(1)
  })

  test('a run goes on where the key cannot be kept, and says so', async () => {
    appendFileSync(join(home.path, 'file'), '')
    const sshArguments = ['-o', `UserKnownHostsFile=${join(home.path, 'file', 'known_hosts')}`]
    const transport = transportIn(home, accepting)
    const connection = await connect(transport, hostAt({ port: sshd.port, sshArguments }))
    connection.close()
    expect(transport.notices.join()).toContain('could not keep it')
  })

  test('the key survives its renewal within a session, and nothing is written then', async () => {
    const renewing = await startSshd(home, { lines: ['RekeyLimit 1M'] })
    known('')
    const connection = await connect(transportIn(home, accepting), hostAt({ port: renewing.port }))
    const { stdout, code } = await run(connection, 'head -c 4000000 /dev/zero')
    expect([stdout.length, code]).toEqual([4_000_000, 0])
    expect(readFileSync(home.knownHosts, 'utf8')).toBe(renewing.knownAs(`[127.0.0.1]:${renewing.port}`))
    connection.close()
    await renewing.stop()
  })
})

describe('the key of the first connection of a run', () => {
  const accepting = { acceptNewHostKeys: true }
  const KEPT_NOWHERE = ['none', '/dev/null', 'file/known_hosts', 'known_hosts'] as const

  /** The same port with another key. */
  const replaced = async (old: Sshd): Promise<Sshd> => {
    await old.stop()
    return startSshd(home, { port: old.port, keyTypes: ['ecdsa', 'ed25519'] })
  }

  test.each(KEPT_NOWHERE)(
    'is the only one that later ones take, whatever the files say: %s',
    async (file) => {
      appendFileSync(join(home.path, 'file'), '')
      const path = file.startsWith('file')
        ? join(home.path, file)
        : file === 'known_hosts'
          ? home.knownHosts
          : file
      const first = await startSshd(home, { keyTypes: ['ecdsa'] })
      known('')
      const sshArguments = ['-o', `UserKnownHostsFile=${path}`, '-o', 'StrictHostKeyChecking=no']
      const host = hostAt({ port: first.port, sshArguments })
      const transport = transportIn(home, accepting)
      for (const connection of [await connect(transport, host), await connect(transport, host)])
        connection.close()
      const second = await replaced(first)
      known(second.knownAs(`[127.0.0.1]:${second.port}`))
      const error = await failure(connect(transport, host))
      expect(error).toMatchObject({ code: 'host-key-changed', tcpCompleted: true })
      expect(error.message.match(/SHA256:/g)).toHaveLength(2)
      const signal = new AbortController().signal
      const byAddress = transport.connect(host, { signal, address: '::ffff:127.0.0.1' })
      expect(await failure(byAddress)).toMatchObject({ code: 'host-key-changed' })
      await second.stop()
    },
  )

  test('holds for a jump host that has died, too', async () => {
    const bastion = await startSshd(home)
    const sshArguments = ['-o', 'UserKnownHostsFile=none', '-J', `127.0.0.1:${bastion.port}`]
    writeFileSync(home.config, readFileSync(home.config, 'utf8').replace(home.knownHosts, 'none'))
    const transport = transportIn(home, accepting)
    const host = hostAt({ port: sshd.port, sshArguments })
    const connection = await connect(transport, host)
    bastion.killSessions()
    const second = await replaced(bastion)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const error = await failure(connect(transport, host))
    expect(error).toMatchObject({ code: 'host-key-changed' })
    expect(error.message).toContain(`over the jump host 127.0.0.1:${bastion.port}`)
    connection.close()
    transport.close()
    await second.stop()
  })
})
