import { appendFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, failure, hostAt, run, transportIn } from './fixtures.ts'
import type { Home, Sshd } from './sshd.ts'
import { makeHome, startSshd } from './sshd.ts'

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

describe('a session', () => {
  test('runs a program, hands it its input, and tells its output and exit code', async () => {
    const transport = transportIn(home)
    const connection = await connect(transport, hostAt({ port: sshd.port }))
    expect(connection).toMatchObject({ address: '127.0.0.1', port: sshd.port })
    expect(await run(connection, 'cat; echo oops >&2; exit 3', 'hello')).toEqual({
      code: 3,
      signal: undefined,
      stdout: 'hello',
      stderr: 'oops\n',
    })
    connection.close()
    connection.close()
  })

  test('tells the signal that ended a program, and no code', async () => {
    const connection = await connect(transportIn(home), hostAt({ port: sshd.port }))
    expect(await run(connection, 'kill -TERM $$')).toMatchObject({ code: undefined, signal: 'SIGTERM' })
    connection.close()
  })

  test('refuses to start a program once it is closed', async () => {
    const connection = await connect(transportIn(home), hostAt({ port: sshd.port }))
    connection.close()
    await expect(connection.open('true')).rejects.toMatchObject({ code: 'lost' })
  })
})

test('connects by a new TCP connection each time', async () => {
  const transport = transportIn(home)
  const ports = new Set<string>()
  for (let i = 0; i < 2; i += 1) {
    const connection = await connect(transport, hostAt({ port: sshd.port }))
    ports.add((await run(connection, 'echo $SSH_CONNECTION')).stdout)
    connection.close()
  }
  expect(ports.size).toBe(2)
})

test('says which login failed, what was tried and what the server accepts', async () => {
  const other = makeHome()
  writeFileSync(other.knownHosts, sshd.knownAs(`[127.0.0.1]:${sshd.port}`))
  const error = await failure(connect(transportIn(other), hostAt({ port: sshd.port })))
  expect(error).toMatchObject({ code: 'login', tcpCompleted: true })
  expect(error.message).toContain(
    `at 127.0.0.1:${sshd.port}: not accepted: the key ~/.ssh/id_ed25519; the server accepts publickey`,
  )
  other.remove()
})

test('connects to thirty at once, which share the signal of their run, without a warning', async () => {
  const warnings: Error[] = []
  const note = (warning: Error): void => {
    warnings.push(warning)
  }
  process.on('warning', note)
  const transport = transportIn(home)
  const { signal } = new AbortController()
  const host = hostAt({ port: sshd.port })
  const connections = await Promise.all(
    Array.from({ length: 30 }, () => transport.connect(host, { signal, seconds: 30 })),
  )
  const ends = await Promise.all(connections.map((connection) => run(connection, 'true')))
  expect(ends.every(({ code }) => code === 0)).toBe(true)
  for (const connection of connections) connection.close()
  process.off('warning', note)
  expect(warnings).toEqual([])
}, 60_000)
