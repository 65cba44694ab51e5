import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Host } from '../../src/model/host.ts'
import { connect, failure, hostAt, run, transportIn } from './fixtures.ts'
import type { Home, Sshd } from './sshd.ts'
import { USER, freePort, makeHome, startSshd } from './sshd.ts'

let home: Home
let target: Sshd
let bastion: Sshd
let inner: Sshd

beforeAll(async () => {
  home = makeHome()
  ;[target, bastion, inner] = await Promise.all([startSshd(home), startSshd(home), startSshd(home)])
  for (const sshd of [target, bastion, inner])
    appendFileSync(home.knownHosts, sshd.knownAs(`[127.0.0.1]:${sshd.port}`))
})

afterAll(async () => {
  await Promise.all([target.stop(), bastion.stop(), inner.stop()])
  home.remove()
})

function over(...jumps: readonly string[]): Host {
  return hostAt({ port: target.port, sshArguments: ['-o', `ProxyJump=${jumps.join(',')}`] })
}

function logins(sshd: Sshd): number {
  return sshd.log().split('Accepted publickey').length - 1
}

describe('a jump host', () => {
  test('is logged in to once for many hosts, whose connections come from it', async () => {
    const before = logins(bastion)
    const transport = transportIn(home)
    const host = over(`127.0.0.1:${bastion.port}`)
    const connections = await Promise.all([1, 2, 3].map(() => connect(transport, host)))
    connections.push(await connect(transport, host))
    const from = await Promise.all(connections.map((connection) => run(connection, 'echo $SSH_CONNECTION')))
    expect(new Set(from.map(({ stdout }) => stdout)).size).toBe(4)
    expect(logins(bastion) - before).toBe(1)
    for (const connection of connections) connection.close()
    transport.close()
  })

  test('may be behind another one', async () => {
    const before = [logins(bastion), logins(inner)]
    const transport = transportIn(home)
    const connection = await connect(transport, over(`127.0.0.1:${bastion.port}`, `127.0.0.1:${inner.port}`))
    expect(await run(connection, 'true')).toMatchObject({ code: 0 })
    expect([logins(bastion), logins(inner)]).toEqual(before.map((count) => count + 1))
    connection.close()
    transport.close()
  })

  test('has the configuration of its own name', async () => {
    const config = join(home.path, 'with_bastion')
    writeFileSync(
      config,
      `Host bastion\n  HostName 127.0.0.1\n  Port ${bastion.port}\nHost inner\n  ProxyJump bastion\n  HostName 127.0.0.1\n  Port ${inner.port}\n` +
        `Host mx1\n  HostName 127.0.0.1\n  Port ${target.port}\n  ProxyJump inner\nInclude ${home.config}\n`,
    )
    const before = [logins(bastion), logins(inner), logins(target)]
    const transport = transportIn(home, { sshConfigFile: config })
    const connection = await connect(transport, hostAt({}, 'mx1'))
    expect(connection).toMatchObject({ address: '127.0.0.1', port: target.port })
    expect([logins(bastion), logins(inner), logins(target)]).toEqual(before.map((count) => count + 1))
    connection.close()
    transport.close()
  })

  test('that has died is logged in to again', async () => {
    const transport = transportIn(home)
    const dying = await startSshd(home)
    appendFileSync(home.knownHosts, dying.knownAs(`[127.0.0.1]:${dying.port}`))
    const host = over(`127.0.0.1:${dying.port}`)
    const first = await connect(transport, host)
    const channel = await first.open('sleep 60')
    dying.killSessions()
    expect(await channel.closed).toEqual({})
    const second = await connect(transport, host)
    expect(await run(second, 'true')).toMatchObject({ code: 0 })
    second.close()
    transport.close()
    await dying.stop()
  })

  test('with an unknown host key is refused, and the message names it', async () => {
    const strange = await startSshd(home)
    const error = await failure(connect(transportIn(home), over(`127.0.0.1:${strange.port}`)))
    expect(error).toMatchObject({ code: 'host-key-unknown', tcpCompleted: false })
    expect(error.fingerprint).toBeUndefined()
    expect(error.message).toContain(
      `over the jump host 127.0.0.1:${strange.port}: the host key of 127.0.0.1:${strange.port} is not known`,
    )
    await strange.stop()
  })

  test('does not vouch for the host behind it', async () => {
    const strange = await startSshd(home)
    const host = hostAt({ port: strange.port, sshArguments: ['-J', `127.0.0.1:${bastion.port}`] })
    const error = await failure(connect(transportIn(home), host))
    expect(error).toMatchObject({ code: 'host-key-unknown', tcpCompleted: true })
    await strange.stop()
  })

  test('that cannot reach the host, or may not forward, is told from a closed way to it', async () => {
    const port = await freePort()
    const transport = transportIn(home)
    const host = hostAt({ port, sshArguments: ['-J', `127.0.0.1:${bastion.port}`] })
    const error = await failure(connect(transport, host))
    expect(error).toMatchObject({ code: 'tcp', tcpCompleted: false })
    expect(error.message).toMatch(
      /^no TCP connection to 127\.0\.0\.1:\d+ over the jump host 127\.0\.0\.1:\d+: .*refused/,
    )
    transport.close()
    const down = await failure(connect(transportIn(home), over(`127.0.0.1:${port}`)))
    expect(down).toMatchObject({ code: 'tcp', tcpCompleted: false })
  })

  test('is used by a probe', async () => {
    const before = logins(bastion)
    const transport = transportIn(home)
    const options = { signal: new AbortController().signal, seconds: 5 }
    expect(await transport.probe(over(`127.0.0.1:${bastion.port}`), 'localhost', options)).toEqual({
      kind: 'ssh',
    })
    expect(logins(bastion)).toBe(before + 1)
    transport.close()
  })

  test('that leads back to itself ends with a sentence', async () => {
    const config = join(home.path, 'loop')
    writeFileSync(config, 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n')
    const error = await failure(connect(transportIn(home, { sshConfigFile: config }), hostAt({}, 'a')))
    expect(error.code).toBe('ssh-config')
    expect(error.message).toContain('a loop?')
  })
})

describe('a ProxyCommand', () => {
  test('is the line, with its tokens expanded', async () => {
    const trace = join(home.path, 'trace')
    const command = `sh -c 'echo %n %h %p %r %% >> ${trace}; exec nc %h %p'`
    const host = hostAt({ port: target.port, sshArguments: ['-o', `ProxyCommand=${command}`] })
    const connection = await connect(transportIn(home), host)
    expect(await run(connection, 'cat', 'x'.repeat(300_000))).toMatchObject({
      code: 0,
      stdout: 'x'.repeat(300_000),
    })
    expect(readFileSync(trace, 'utf8')).toBe(`127.0.0.1 127.0.0.1 ${target.port} ${USER} %\n`)
    connection.close()
  })

  test('that fails is a failure, never a direct connection, and what it said is told', async () => {
    const host = hostAt({ port: target.port, sshArguments: ['-o', 'ProxyCommand=echo no way >&2; exit 1'] })
    const error = await failure(connect(transportIn(home), host))
    expect(error).toMatchObject({ code: 'tcp', tcpCompleted: false })
    expect(error.message).toContain('no way')
  })

  test('that is `none` is none', async () => {
    const host = hostAt({ port: target.port, sshArguments: ['-o', 'ProxyCommand=none'] })
    const connection = await connect(transportIn(home), host)
    connection.close()
  })

  test('ends with its connection', async () => {
    const pidFile = join(home.path, 'pid')
    const command = `sh -c 'echo $$ > ${pidFile}; exec nc %h %p'`
    const host = hostAt({ port: target.port, sshArguments: ['-o', `ProxyCommand=${command}`] })
    const connection = await connect(transportIn(home), host)
    const channel = await connection.open('sleep 60')
    connection.close()
    expect((await channel.closed).code).toBeUndefined()
    const pid = Number(readFileSync(pidFile, 'utf8'))
    await vi.waitFor(() => {
      expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    })
  })

  test('is used by a probe, for the address that is probed', async () => {
    const host = hostAt({
      port: target.port,
      address: '192.0.2.1',
      sshArguments: ['-o', 'ProxyCommand=nc %h %p'],
    })
    const probe = await transportIn(home).probe(host, '127.0.0.1', {
      signal: new AbortController().signal,
      seconds: 5,
    })
    expect(probe).toEqual({ kind: 'ssh' })
  })
})

test.each([
  ['ProxyUseFdpass=yes', 'ProxyUseFdpass'],
  ['BindInterface=lo', 'BindInterface'],
  ['RevokedHostKeys=/tmp/revoked', 'RevokedHostKeys'],
  ['Ciphers=3des-cbc', 'Ciphers'],
  ['NoSuchOption=1', 'nosuchoption'],
])('%s cannot be followed and is an error', async (option, word) => {
  const error = await failure(
    connect(transportIn(home), hostAt({ port: target.port, sshArguments: ['-o', option] })),
  )
  expect(error).toMatchObject({ code: 'ssh-config', tcpCompleted: false })
  expect(error.message).toContain(word)
})
