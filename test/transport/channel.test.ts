import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/model/transport.ts'
import { connect, hostAt, run, transportIn } from './fixtures.ts'
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

async function open(): Promise<Connection> {
  return connect(transportIn(home), hostAt({ port: sshd.port }))
}

/** Ends the server's side of a session as a crash would. */
async function cut(connection: Connection): Promise<void> {
  const { stdout } = await run(connection, 'echo $PPID')
  execFileSync('kill', ['-KILL', stdout.trim()])
}

describe('a channel', () => {
  test('holds back a writer whom nobody reads, and then carries every byte', async () => {
    const connection = await open()
    const channel = await connection.open('read go </dev/null; cat | md5sum')
    const size = 8 * 1024 * 1024
    const block = Buffer.alloc(64 * 1024, 'x')
    await pipeline(Readable.from(Array.from({ length: size / block.length }, () => block)), channel.stdin)
    const sum = execFileSync('sh', ['-c', `head -c ${size} /dev/zero | tr '\\0' x | md5sum`], {
      encoding: 'utf8',
    })
    const chunks = await channel.stdout.toArray()
    expect(Buffer.concat(chunks as Buffer[]).toString()).toBe(sum)
    expect(await channel.closed).toEqual({ code: 0 })
    connection.close()
  })

  test('closes although the program never read its input', async () => {
    const connection = await open()
    const channel = await connection.open('exit 4')
    channel.stdout.resume()
    const writing = pipeline(Readable.from(endless()), channel.stdin)
    await expect(writing).rejects.toThrow()
    expect(await channel.closed).toEqual({ code: 4 })
    connection.close()
  })

  test('that is given up closes without a code', async () => {
    const connection = await open()
    const channel = await connection.open('sleep 60')
    channel.close()
    expect(await channel.closed).toEqual({})
    expect(await run(connection, 'true')).toMatchObject({ code: 0 })
    connection.close()
  })

  test('is opened when the one before is given back, where a server has one at a time', async () => {
    const lines = ['MaxSessions 1', 'ForceCommand sh -c "$SSH_ORIGINAL_COMMAND"; exec >&- 2>&-; sleep 1']
    const strict = await startSshd(home, { lines })
    appendFileSync(home.knownHosts, strict.knownAs(`[127.0.0.1]:${strict.port}`))
    const connection = await connect(transportIn(home), hostAt({ port: strict.port }))
    const first = await connection.open('echo first')
    await once(first.stdout, 'readable')
    first.close()
    const second = await connection.open('echo second; sleep 60')
    expect(String(await once(second.stdout, 'data'))).toBe('second\n')
    // One that is in use is not waited for.
    await expect(connection.open('true')).rejects.toMatchObject({ code: 'refused' })
    connection.close()
    await strict.stop()
  })

  test('closes where its output is thrown away', async () => {
    const connection = await open()
    const channel = await connection.open('echo unread')
    channel.stdin.end()
    channel.stdout.resume()
    expect(await channel.closed).toEqual({ code: 0 })
    connection.close()
  })
})

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024)
}

describe('a lost connection', () => {
  test('ends its channels at once, without a code', async () => {
    const connection = await open()
    const channels = await Promise.all([connection.open('sleep 60'), connection.open('cat')])
    await cut(connection).catch(() => undefined)
    expect(await Promise.all(channels.map((channel) => channel.closed))).toEqual([{}, {}])
    await expect(connection.open('true')).rejects.toMatchObject({ code: 'lost' })
    connection.close()
  })

  test('ends who writes and who reads', async () => {
    const connection = await open()
    const channel = await connection.open('sleep 60')
    const writing = pipeline(Readable.from(endless()), channel.stdin)
    const reading = channel.stdout.toArray()
    await cut(connection).catch(() => undefined)
    await expect(writing).rejects.toThrow()
    expect(await reading).toEqual([])
    expect(await channel.closed).toEqual({})
  })

  test('harms nobody who reads on afterwards', async () => {
    const connection = await open()
    const channel = await connection.open('head -c 10000000 /dev/zero; sleep 60')
    await once(channel.stdout, 'readable')
    await cut(connection).catch(() => undefined)
    await channel.closed
    const chunks = (await channel.stdout.toArray()) as Buffer[]
    expect(Buffer.concat(chunks).length).toBeGreaterThan(0)
  })

  test('is not told from a program that a signal ended by its code', async () => {
    const connection = await open()
    const channel = await connection.open('sleep 60')
    connection.close()
    expect((await channel.closed).code).toBeUndefined()
  })
})
