import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer, ServicePort, Speech } from '../../src/model/transport.ts'
import { hostAt, transportIn } from './fixtures.ts'
import type { Home } from './sshd.ts'
import { freePort, makeHome } from './sshd.ts'

let home: Home
let certificate: { readonly key: Buffer; readonly cert: Buffer }

beforeAll(() => {
  home = makeHome()
  const [key, cert] = [`${home.path}/mail.key`, `${home.path}/mail.crt`]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const request = ['req', '-x509', ...curve, '-nodes', '-subj', '/CN=mail', '-keyout', key, '-out', cert]
  execFileSync('openssl', request, { stdio: 'ignore' })
  certificate = { key: readFileSync(key), cert: readFileSync(cert) }
})

afterAll(() => {
  home.remove()
})

type Greet = (socket: Socket) => unknown

const says =
  (text: string): Greet =>
  (socket) =>
    socket.write(text)

/** Never ends, and says goodbye to nobody. */
const endless =
  (line: string): Greet =>
  (socket) => {
    const text = line.repeat(Math.ceil(65_536 / line.length))
    const write = () => {
      while (!socket.destroyed && socket.write(text));
    }
    socket.on('drain', write)
    write()
  }

interface Server {
  readonly port: number
  /** What was said to it, once its client has gone. */
  readonly heard: Promise<string>
  /** What it could say, in bytes. */
  readonly said: () => number
}

/** A server for one client, whom it lets go at the first word. */
async function serve(greet: Greet, tls = false): Promise<Server> {
  let tell: (heard: string) => void = () => undefined
  const heard = new Promise<string>((resolve) => {
    tell = resolve
  })
  let said = 0
  const take = (socket: Socket) => {
    let words = ''
    socket.on('error', () => undefined)
    greet(socket)
    socket.on('data', (data) => {
      words += data.toString()
      if (socket.listenerCount('drain') === 0) socket.end()
    })
    socket.on('close', () => {
      server.close()
      said = socket.bytesWritten
      tell(words)
    })
  }
  const server = tls ? createTlsServer(certificate, take) : createServer(take)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, heard, said: () => said }
}

const PATIENCE = { seconds: 10, handshakeSeconds: 5 }

function knock(
  port: number,
  greeting?: ServicePort['greeting'],
  times: { readonly seconds: number; readonly handshakeSeconds: number } = PATIENCE,
): Promise<Answer> {
  const place = { address: '127.0.0.1', port, ...(greeting && { greeting }) }
  const { signal } = new AbortController()
  return transportIn(home).knock(hostAt({}, 'mx1'), place, { signal, ...times })
}

const GREETINGS: readonly (readonly [Speech, greeting: string, left: string])[] = [
  ['smtp', '220 mail ESMTP\r\n', 'QUIT\r\n'],
  ['smtp', '220-mail ESMTP\r\n220-and more\r\n220 ready\r\n', 'QUIT\r\n'],
  ['smtp', '220\n', 'QUIT\r\n'],
  ['smtp', '421 4.3.2 too busy\r\n', 'QUIT\r\n'],
  ['smtp', '554 no mail from you\r\n', 'QUIT\r\n'],
  ['imap', '* OK ready\r\n', 'a LOGOUT\r\n'],
  ['imap', '* BYE too busy\r\n', 'a LOGOUT\r\n'],
  ['pop3', '+OK ready\r\n', 'QUIT\r\n'],
  ['pop3', '-ERR too busy\r\n', 'QUIT\r\n'],
  ['sieve', '"IMPLEMENTATION" "mail"\r\n"SIEVE" "fileinto"\r\nOK\r\n', 'LOGOUT\r\n'],
  ['sieve', 'BYE "too busy"\r\n', 'LOGOUT\r\n'],
]

describe.each([false, true])('a service that greets, over TLS: %s', (tls) => {
  test.each(GREETINGS)('is left in the words of %s: %j', async (speech, greeting, left) => {
    const server = await serve(says(greeting), tls)
    expect(await knock(server.port, { speech, tls })).toBe('greeted')
    expect(await server.heard).toBe(left)
  })

  test('is asked where it waits for that', async () => {
    const server = await serve(
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 404 none\r\n')),
      tls,
    )
    expect(await knock(server.port, { speech: 'http', tls })).toBe('greeted')
    expect(await server.heard).toBe('HEAD / HTTP/1.0\r\n\r\n')
  })
})

test('nothing is said to a server before its greeting has ended, however long that takes', async () => {
  let client: Socket | undefined
  const server = await serve((socket) => {
    client = socket
    socket.write('220-be patient\r\n220')
  })
  expect(await knock(server.port, { speech: 'smtp', tls: false })).toBe('greeted')
  expect(client?.bytesRead).toBe(0)
  client?.write(' ready\r\n')
  expect(await server.heard).toBe('QUIT\r\n')
})

const STRANGE: Readonly<Record<string, readonly [Greet, tls?: boolean]>> = {
  'speaks another protocol': [says('SSH-2.0-mail\r\n')],
  'speaks in the clear where TLS is meant': [says('220 ready\r\n'), true],
  'says no whole line without an end': [endless('220')],
  'says escapes': [says('\u001b]0;220\u0007\r\n')],
  'closes at once': [(socket) => socket.end()],
  'resets at once': [(socket) => socket.resetAndDestroy()],
}

test.each(Object.keys(STRANGE))(
  'a server that %s took the connection, and is left without a word',
  async (name) => {
    const [greet = () => undefined, tls = false] = STRANGE[name] ?? []
    const server = await serve(greet)
    const answer = await knock(server.port, { speech: 'smtp', tls })
    expect(answer).toBe('connected')
    expect((await server.heard).startsWith('QUIT')).toBe(false)
  },
)

test('a server that goes on without an end after its greeting is left', async () => {
  const server = await serve(endless('220-on and on\r\n'))
  expect(await knock(server.port, { speech: 'smtp', tls: false })).toBe('greeted')
  expect(await server.heard).toBe('')
  const chatty = await serve(endless('220 on and on\r\n'))
  expect(await knock(chatty.port, { speech: 'smtp', tls: false })).toBe('greeted')
  expect(await chatty.heard).toMatch(/^(QUIT\r\n)?$/)
  // What the sockets hold on both sides, by far less than it could say until its time is over
  expect(Math.max(server.said(), chatty.said())).toBeLessThan(16 * 1024 * 1024)
})

test.each([false, true])('a server that says nothing took the connection, over TLS: %s', async (tls) => {
  const server = await serve(() => undefined, tls)
  const answer = await knock(server.port, { speech: 'imap', tls }, { seconds: 2, handshakeSeconds: 1 })
  expect(answer).toBe('connected')
  await server.heard
})

test('a TCP handshake is enough where no greeting is known', async () => {
  const server = await serve(() => undefined)
  expect(await knock(server.port)).toBe('connected')
  expect(await server.heard).toBe('')
})

test('a port that refuses is silent', async () => {
  expect(await knock(await freePort())).toBe('silent')
})

test('a host behind a ProxyCommand is not tried', async () => {
  const host = hostAt({ sshArguments: ['-o', `ProxyCommand=touch ${home.path}/proxied`] })
  const place = { address: '127.0.0.1', port: await freePort() }
  const { signal } = new AbortController()
  expect(await transportIn(home).knock(host, place, { signal, ...PATIENCE })).toBe('untried')
})

test('an interrupted run is not an answer', async () => {
  const interrupt = new AbortController()
  const server = await serve(() => {
    interrupt.abort()
  })
  const place = { address: '127.0.0.1', port: server.port, greeting: { speech: 'smtp', tls: false } } as const
  const { signal } = interrupt
  await expect(transportIn(home).knock(hostAt({}), place, { signal, ...PATIENCE })).rejects.toMatchObject({
    code: 'stopped',
  })
})
