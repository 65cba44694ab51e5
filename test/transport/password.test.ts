import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import type { AuthContext } from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import { connect, failure, hostAt, transportIn } from './fixtures.ts'
import type { Home } from './sshd.ts'
import { makeHome, makeKey } from './sshd.ts'

let home: Home

beforeAll(() => {
  home = makeHome()
  appendFileSync(home.config, 'IdentityFile none\n')
})

afterAll(() => {
  home.remove()
})

describe('a password', () => {
  type Accepts = (attempt: AuthContext) => boolean

  /** A server that takes passwords: sshd would need an account of its own for that. */
  async function passwordServer(methods: readonly ('password' | 'keyboard-interactive')[], accepts: Accepts) {
    const hostKey = makeKey(join(home.path, `server-${randomUUID()}`))
    const attempts: string[] = []
    const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey)] }, (client) => {
      client.on('error', () => undefined)
      client.on('authentication', (attempt) => {
        attempts.push(attempt.method)
        if (accepts(attempt)) attempt.accept()
        else if (attempt.method === 'keyboard-interactive' && methods.includes('keyboard-interactive')) {
          attempt.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
            if (answers[0] === 'hunter2') attempt.accept()
            else attempt.reject([...methods])
          })
        } else attempt.reject([...methods])
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address: unknown = server.address()
    const port =
      typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0
    appendFileSync(home.knownHosts, `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, 'utf8')}`)
    return { port, attempts, server }
  }

  const right: Accepts = (attempt) => attempt.method === 'password' && attempt.password === 'hunter2'
  const never: Accepts = () => false

  test('logs in by the method `password`', async () => {
    const { port, attempts, server } = await passwordServer(['password'], right)
    const connection = await connect(transportIn(home), hostAt({ port, password: new Secret('hunter2') }))
    expect(attempts).toEqual(['none', 'password'])
    connection.close()
    server.close()
  })

  test('logs in by the method `keyboard-interactive`', async () => {
    const { port, attempts, server } = await passwordServer(['keyboard-interactive'], never)
    const connection = await connect(transportIn(home), hostAt({ port, password: new Secret('hunter2') }))
    expect(attempts).toEqual(['none', 'keyboard-interactive'])
    connection.close()
    server.close()
  })

  test('that is wrong is sent once, and never told', async () => {
    const { port, attempts, server } = await passwordServer(['password', 'keyboard-interactive'], never)
    const error = await failure(
      connect(transportIn(home), hostAt({ port, password: new Secret('swordfish') })),
    )
    expect(error).toMatchObject({ code: 'login', tcpCompleted: true })
    expect(error.message).toContain(
      'not accepted: the password; the server accepts password and keyboard-interactive',
    )
    expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain('swordfish')
    expect(attempts.filter((method) => method !== 'none')).toEqual(['password'])
    server.close()
  })

  test('comes after a key that was named', async () => {
    const { port, attempts, server } = await passwordServer(['password'], right)
    const host = hostAt({ port, keyFile: home.key, password: new Secret('hunter2') })
    const connection = await connect(transportIn(home), host)
    expect(attempts).toEqual(['publickey', 'password'])
    connection.close()
    server.close()
  })
})
