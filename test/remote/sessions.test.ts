import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readSessions } from '../../src/remote/sessions.ts'
import { describeLab } from '../lab/describe-lab.ts'
import { useLab } from './fleet.ts'
import { localConnection } from './local-connection.ts'
import { OPTIONS, until } from './try.ts'

const SHELLS = ['dash', 'busybox', 'bash'] as const
const FORWARDED = 2299

describeLab('who is connected to sshd', () => {
  const { host, lab } = useLab(SHELLS.map((shell) => ({ name: shell, shell, user: 'sudo' })))
  const children: ChildProcess[] = []
  afterAll(() => {
    for (const child of children) child.kill()
  })

  const ask = (name: string, port = 22) => readSessions(localConnection(host(name)), port, OPTIONS)
  const open = async (words: readonly string[]): Promise<void> => {
    const child = lab().spawnController(words)
    children.push(child)
    if (child.stdout !== null) await once(child.stdout, 'data')
  }
  const ssh = (...words: readonly string[]) => open(['ssh', '-S', 'none', ...words, 'echo in; exec sleep 60'])

  beforeAll(async () => {
    for (const name of SHELLS) {
      const { address, address6 } = host(name)
      await ssh('-R', `0.0.0.0:${FORWARDED}:localhost:1`, `admin@${address}`)
      await ssh(`admin@${address6}`)
      await open(['bash', '-c', `exec 3<>/dev/tcp/${address}/22; head -n 1 <&3; exec sleep 60`])
      await until(host(name), '[ "$(grep -c ":0016 .* 01 " /proc/net/tcp)" = 2 ]')
    }
  })

  it.concurrent.each(SHELLS)('is told with the address, and whether somebody logged in: %s', async (name) => {
    const { sessions, sshdPorts } = await ask(name)
    expect(sshdPorts).toContain(22)
    const told = sessions.map(({ address, isLoggedIn, isOwn }) => [address, isLoggedIn, isOwn])
    expect(told).toHaveLength(3)
    expect(told).toEqual(
      expect.arrayContaining([
        ['198.18.255.1', true, false],
        ['198.18.255.1', false, false],
        ['2001:0db8:0000:0000:0000:0000:0000:ffff', true, false],
      ]),
    )
    expect(new Set(sessions.map(({ client }) => client)).size).toBe(3)
  })

  it.concurrent.each(SHELLS)('is nobody at another port: %s', async (name) => {
    expect((await ask(name, FORWARDED)).sessions).toEqual([])
  })
})
