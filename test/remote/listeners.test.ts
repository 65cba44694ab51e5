import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseListeners, readListeners } from '../../src/remote/listeners.ts'
import { describeLab } from '../lab/describe-lab.ts'
import { listenOn } from '../lab/listen-on.ts'
import { KINDS, useLab } from './fleet.ts'
import { localConnection } from './local-connection.ts'
import { OPTIONS, stub } from './try.ts'

const CASES = `${import.meta.dirname}/../cases/listeners`

describe('what ss prints', () => {
  it.each(['ss-6.1', 'ss-4.9', 'nothing'])('is read: %s', async (name) => {
    const read = (family: string) => readFileSync(`${CASES}/${name}.${family}`, 'utf8')
    const lines = parseListeners({ v4: read('v4'), v6: read('v6') }).map((listener) =>
      [
        `${listener.port}/${listener.protocol}`,
        listener.address,
        listener.families.join('+'),
        ...(listener.isLoopback ? ['loopback'] : []),
        listener.programs.join(', '),
      ].join(' | '),
    )
    await expect(lines.map((line) => `${line}\n`).join('')).toMatchFileSnapshot(`${CASES}/${name}.golden`)
  })
})

describeLab('listeners', () => {
  const { host } = useLab([
    ...KINDS.slice(0, 3),
    { name: 'without', without: ['ss'] },
    { name: 'broken' },
    { name: 'no-v6', ipv6: false },
  ])
  const ask = (name: string) => readListeners(localConnection(host(name)), OPTIONS)

  it.concurrent.each(KINDS.slice(0, 3))('are told with their programs: $name', async ({ name }) => {
    await listenOn(host(name), [
      { port: 25, address: '::' },
      { port: 143, address: '0.0.0.0' },
      { port: 993, address: '::', only: 'v6' },
      { port: 3306, address: '127.0.0.1' },
      { port: 53, address: '0.0.0.0', protocol: 'udp' },
    ])
    const seen = await ask(name)
    const listeners = seen.kind === 'seen' ? seen.listeners : []
    const node = listeners.filter(({ programs }) => programs.includes('node'))
    expect(
      node
        .map(({ port, families, isLoopback }) => `${port} ${families.join('+')} ${String(isLoopback)}`)
        .sort(),
    ).toEqual(['143 v4 false', '25 v4+v6 false', '3306 v4 true', '53 v4 false', '993 v6 false'])
    expect(listeners.some(({ port, programs }) => port === 22 && programs[0] === 'sshd')).toBe(true)
  })

  it.concurrent('are told where IPv6 is off', async () => {
    expect(await ask('no-v6')).toMatchObject({ kind: 'seen' })
  })

  it.concurrent('are told with what native rules send elsewhere', async () => {
    await host('no-v6').succeed(`nft -f - <<'END'
table ip docker-bridges {
  chain nat-PREROUTING {
    type nat hook prerouting priority dstnat
    tcp dport 2525 counter dnat to 172.17.0.2:25
  }
}
END`)
    expect(await ask('no-v6')).toMatchObject({
      published: [{ protocol: 'tcp', from: 2525, to: 2525, families: ['v4'] }],
    })
  })

  it.concurrent('are not known where there is no ss', async () => {
    expect(await ask('without')).toEqual({ kind: 'no-ss' })
  })

  it.concurrent('are not known where ss fails', async () => {
    await stub(host('broken'), 'ss', 'echo "Cannot open netlink socket" >&2; exit 1')
    expect(await ask('broken')).toEqual({ kind: 'failed', message: 'Cannot open netlink socket' })
  })
})
