import type { Lab } from '../lab/lab.ts'

/** Packets to a port that nobody listens at: how many the rule counted that stands behind all those that packets change. */
export async function sendPackets(lab: Lab, name: string): Promise<readonly number[]> {
  const host = lab.host(name)
  const addresses = [host.address, host.address6]
  const sent = addresses.map((address) => lab.controller(['bash', '-c', SEND, 'send', address]))
  const tried = addresses.map((address) => lab.connects('controller', address, PORT, { timeoutMs: 100 }))
  await Promise.all([...sent, ...tried])
  const saved = await host.succeed('iptables-save -c -t filter; ip6tables-save -c -t filter')
  return [...saved.matchAll(/^\[(\d+):\d+\] -A INPUT -j counted$/gm)].map(([, packets]) => Number(packets))
}

const PORT = 9

/** Whoever refuses them, makes the next one fail. */
const SEND = `for _ in 1 2 3 4 5 6 7 8; do (echo >"/dev/udp/$1/${PORT}") 2>/dev/null || :; done`
