import type { Addresses } from '../lab/network.ts'
import type { Lab } from '../lab/lab.ts'

/** Somebody on the network who is not the controller. Their addresses hang on the controller's bridge. */
export type Person = Addresses

/** Somebody number 1, 2, … up to 200, who is there from now on. */
export async function joinNetwork(lab: Lab, number: number): Promise<Person> {
  const person = { address: `198.18.254.${number}`, address6: `2001:db8::fffe:${number.toString(16)}` }
  await lab.controller(['ip', 'address', 'add', `${person.address}/15`, 'dev', 'lab'])
  await lab.controller(['ip', 'address', 'add', `${person.address6}/32`, 'dev', 'lab', 'nodad'])
  return person
}

/** What a server says first to a client that comes from an address; `nothing` where it cannot be reached. */
export async function greeting(
  lab: Lab,
  from: string,
  to: string,
  port: number,
  how: 'plain' | 'tls' = 'plain',
): Promise<string> {
  const reach = await lab.connects('controller', to, port, { localAddress: from })
  if (reach !== 'open') return 'nothing'
  const words = [process.execPath, `${import.meta.dirname}/greeting.mjs`, from, to, String(port), how]
  return (await lab.controller(words)).stdout.trim()
}

/** Begins to fail to log in by SSH, as somebody does who tries one name after the other, often enough to be banned. */
export function breakIn(lab: Lab, from: string, to: string): void {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'].flatMap(
    (option) => ['-o', option],
  )
  for (const name of ['guest', 'oracle', 'test', 'backup']) {
    // A ban that comes meanwhile leaves it without an answer
    void lab.controller(['ssh', ...options, '-b', from, '-l', name, to, 'true'], { timeoutSeconds: 10 })
  }
}
