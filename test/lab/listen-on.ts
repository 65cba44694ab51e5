import type { Inside } from './inside.ts'

export interface Socket {
  readonly port: number
  readonly address: string
  readonly protocol?: 'udp'
  /** `v6`: an IPv6 socket that takes no IPv4. */
  readonly only?: 'v6'
}

/** Starts a program on a host that listens on these sockets until the host ends. Resolves when it listens. */
export async function listenOn(host: Inside, sockets: readonly Socket[]): Promise<void> {
  await host.succeed(START, { input: programFor(sockets), timeoutSeconds: 20 })
}

const START = `
cat >/root/listen.mjs
setsid node /root/listen.mjs </dev/null >/root/listening 2>&1 &
until [ -s /root/listening ]; do sleep 0.05; done
cat /root/listening
grep -qx listening /root/listening
`

function programFor(sockets: readonly Socket[]): string {
  return `
import { createServer } from 'node:net'
import { createSocket } from 'node:dgram'
await Promise.all(${JSON.stringify(sockets)}.map(({ port, address, protocol, only }) =>
  new Promise((resolve, reject) => {
    if (protocol === 'udp')
      createSocket(address.includes(':') ? 'udp6' : 'udp4').on('error', reject).bind(port, address, resolve)
    else createServer().on('error', reject).listen({ port, host: address, ipv6Only: only === 'v6' }, resolve)
  })))
console.log('listening')
`
}
