import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import type { Person } from './people.ts'
import { breakIn } from './people.ts'
import { until } from './until.ts'

/** Who is kept out of SSH by a host's fail2ban: tried, not asked. */
export interface Bans {
  /** Somebody fails to log in until fail2ban bans both addresses. */
  readonly earn: (person: Person) => Promise<void>
  /** Whether a ban is in effect by what the kernel does to both addresses, and by the chain that fail2ban has filled. */
  readonly holds: (person: Person) => Promise<boolean>
  /** An administrator takes it back, by fail2ban's own client; resolves when both addresses are let in again. */
  readonly lift: (person: Person) => Promise<void>
}

export function makeBans(lab: Lab, host: LabHost): Bans {
  const pairs = ({ address, address6 }: Person) => [
    { from: address, to: host.address, family: 'v4' } as const,
    { from: address6, to: host.address6, family: 'v6' } as const,
  ]
  const isLetIn = (person: Person) =>
    Promise.all(
      pairs(person).map(
        async ({ from, to }) => (await lab.connects('controller', to, 22, { localAddress: from })) === 'open',
      ),
    )
  const isFree = async (person: Person) => (await isLetIn(person)).every(Boolean)
  const holds = async (person: Person) => {
    const isListed = await Promise.all(
      pairs(person).map(async ({ from, family }) =>
        (await host.save(family)).includes(`-A f2b-sshd -s ${from}/`),
      ),
    )
    return isListed.every(Boolean) && (await isLetIn(person)).every((isOpen) => !isOpen)
  }
  return {
    holds,
    earn: async (person) => {
      if (!(await isFree(person))) throw new Error(`Expected ${person.address} to be let in before the ban`)
      for (const { from, to } of pairs(person)) breakIn(lab, from, to)
      await until(`a ban of ${person.address} and ${person.address6}`, () => holds(person), 20)
    },
    lift: async (person) => {
      for (const { from } of pairs(person)) await host.succeed(`fail2ban-client set sshd unbanip ${from}`)
      await until(`${person.address} and ${person.address6} to be let in again`, () => isFree(person))
    },
  }
}
