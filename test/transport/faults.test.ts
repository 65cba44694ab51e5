import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, failure, hostAt, run, transportIn } from './fixtures.ts'
import type { Home, Sshd } from './sshd.ts'
import { freePort, makeHome, startSshd } from './sshd.ts'

let home: Home
let sshd: Sshd

beforeAll(async () => {
  home = makeHome()
  sshd = await startSshd(home)
  appendFileSync(home.knownHosts, sshd.knownAs(`[127.0.0.1]:${sshd.port}`))
})

afterAll(async () => {
  await sshd.stop()
  home.remove()
})

/** A server of a few bytes: what it does with each connection is the test's. */
async function serve(
  greet: (socket: Socket) => void,
): Promise<{ port: number; taken: () => number; server: Server }> {
  let taken = 0
  const server = createServer((socket) => {
    taken += 1
    socket.on('error', () => undefined)
    greet(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, taken: () => taken, server }
}

describe('no TCP connection is told from a refusal after it', () => {
  test('a closed port is `tcp`', async () => {
    const port = await freePort()
    const error = await failure(connect(transportIn(home), hostAt({ port })))
    expect(error).toMatchObject({ code: 'tcp', tcpCompleted: false })
    expect(error.message).toBe(`no TCP connection to 127.0.0.1:${port}: connection refused`)
  })

  test('a name that does not resolve is `name`', async () => {
    const error = await failure(connect(transportIn(home), hostAt({ address: 'no-such-host.invalid' })))
    expect(error).toMatchObject({ code: 'name', tcpCompleted: false })
    expect(error.message).toMatch(
      /^the name no-such-host\.invalid does not resolve: no (such name|name server answers)$/,
    )
  })

  test('a server that never speaks is `refused`, when the time is over', async () => {
    const mute = await serve(() => undefined)
    const error = await failure(connect(transportIn(home), hostAt({ port: mute.port }), 0.5))
    expect(error).toMatchObject({ code: 'refused', tcpCompleted: true })
    expect(error.message).toBe(
      `127.0.0.1:${mute.port} took the connection but did not come to a login within 0.5 s`,
    )
    mute.server.close()
  })

  test('a server that closes at once is `refused`, after some tries, with its words', async () => {
    const full = await serve((socket) => socket.end('Exceeded MaxStartups\r\n'))
    const error = await failure(connect(transportIn(home), hostAt({ port: full.port }), 1))
    expect(error).toMatchObject({ code: 'refused', tcpCompleted: true })
    expect(error.message).toContain('closed it before the login; its first line was "Exceeded MaxStartups"')
    expect(full.taken()).toBeGreaterThan(2)
    full.server.close()
  })

  test('a server that resets the connection is `refused`', async () => {
    const rude = await serve((socket) => socket.resetAndDestroy())
    const error = await failure(connect(transportIn(home), hostAt({ port: rude.port }), 0.3))
    expect(error).toMatchObject({ code: 'refused', tcpCompleted: true })
    rude.server.close()
  })

  test('a server that speaks something else is `refused`', async () => {
    const web = await serve((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n\u001b[2J'))
    const error = await failure(connect(transportIn(home), hostAt({ port: web.port }), 0.5))
    expect(error).toMatchObject({ code: 'refused', tcpCompleted: true })
    expect(error.message).toContain('"HTTP/1.1 400 Bad Request"')
    web.server.close()
  })

  test('a server that falls silent in the key exchange is `refused`', async () => {
    const stuck = await serve((socket) => socket.write('SSH-2.0-stuck\r\n'))
    const error = await failure(connect(transportIn(home), hostAt({ port: stuck.port }), 0.5))
    expect(error).toMatchObject({ code: 'refused', tcpCompleted: true })
    stuck.server.close()
  })
})

test('a server that refuses at first is tried again', async () => {
  let refusals = 2
  const busy = await serve((socket) => {
    refusals -= 1
    if (refusals >= 0) socket.destroy()
    else {
      const inner = new (socket.constructor as new () => Socket)()
      inner.on('error', () => undefined).connect(sshd.port, '127.0.0.1')
      socket.pipe(inner).pipe(socket)
    }
  })
  appendFileSync(home.knownHosts, sshd.knownAs(`[127.0.0.1]:${busy.port}`))
  const connection = await connect(transportIn(home), hostAt({ port: busy.port }))
  expect(await run(connection, 'true')).toMatchObject({ code: 0 })
  expect(busy.taken()).toBe(3)
  connection.close()
  busy.server.close()
})

test('a server with no algorithm of ours is `algorithms`', async () => {
  const odd = await startSshd(home, { lines: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] })
  const error = await failure(connect(transportIn(home), hostAt({ port: odd.port })))
  expect(error).toMatchObject({ code: 'algorithms', tcpCompleted: true })
  expect(error.message).toContain('no matching key exchange algorithm')
  await odd.stop()
})

test('a server that asks for a login but never answers it is `login`, when the time is over', async () => {
  const slow = await startSshd(home, {
    lines: [
      'AuthorizedKeysCommand /bin/sleep 20',
      'AuthorizedKeysCommandUser root',
      'AuthorizedKeysFile none',
    ],
  })
  appendFileSync(home.knownHosts, slow.knownAs(`[127.0.0.1]:${slow.port}`))
  const error = await failure(connect(transportIn(home), hostAt({ port: slow.port }), 2))
  expect(error).toMatchObject({ code: 'login', tcpCompleted: true })
  expect(error.message).toContain('did not answer within 2 s')
  await slow.stop()
})

describe('an interrupted run is `stopped`', () => {
  test('before it begins', async () => {
    const connecting = transportIn(home).connect(hostAt({ port: sshd.port }), { signal: AbortSignal.abort() })
    expect((await failure(connecting)).code).toBe('stopped')
  })

  test('while a server hangs', async () => {
    const interrupt = new AbortController()
    const mute = await serve(() => {
      interrupt.abort()
    })
    const connecting = transportIn(home).connect(hostAt({ port: mute.port }), { signal: interrupt.signal })
    expect((await failure(connecting)).code).toBe('stopped')
    mute.server.close()
  })

  test('while it waits to try again', async () => {
    const interrupt = new AbortController()
    const full = await serve((socket) => {
      socket.destroy()
      if (full.taken() === 2)
        setImmediate(() => {
          interrupt.abort()
        })
    })
    const connecting = transportIn(home).connect(hostAt({ port: full.port }), { signal: interrupt.signal })
    expect((await failure(connecting)).code).toBe('stopped')
    full.server.close()
  })
})

test.each([['ssh', (port: number) => Promise.resolve({ port, end: () => undefined })]])(
  'a probe finds %s',
  async (kind, start) => {
    const { port } = await start(sshd.port)
    const probe = transportIn(home).probe(hostAt({ port, address: '192.0.2.1' }), '127.0.0.1', {
      signal: new AbortController().signal,
      seconds: 5,
    })
    expect(await probe).toMatchObject({ kind })
  },
)

test('a probe tells a port that only completes a TCP handshake, and one that does not', async () => {
  const mute = await serve(() => undefined)
  const closed = await freePort()
  const transport = transportIn(home)
  const options = { signal: new AbortController().signal, seconds: 0.3 }
  expect(await transport.probe(hostAt({ port: mute.port }), '127.0.0.1', options)).toEqual({
    kind: 'tcp-only',
    from: '127.0.0.1',
  })
  expect(await transport.probe(hostAt({ port: closed }), '127.0.0.1', options)).toEqual({
    kind: 'failed',
    message: `no TCP connection to 127.0.0.1:${closed}: connection refused`,
  })
  mute.server.close()
})

test('both addresses of a name are tried', async () => {
  const connection = await connect(
    transportIn(home),
    hostAt({ port: sshd.port, address: 'localhost', sshArguments: ['-o', 'HostKeyAlias=127.0.0.1'] }),
  ).catch(() => undefined)
  appendFileSync(home.knownHosts, sshd.knownAs(`[localhost]:${sshd.port}`))
  const second = await connect(transportIn(home), hostAt({ port: sshd.port, address: 'localhost' }))
  expect(second.address).toBe('127.0.0.1')
  connection?.close()
  second.close()
})
