import type { Lab } from '../../lab/lab.ts'
import type { Contestant } from '../contestant.ts'
import { FORKS } from '../options.ts'

/** Bare ssh2 sessions that run `true`: what no deployer by ssh2 can go below. */
export function floor(lab: Lab, rounds: number): Contestant {
  const addresses = [...lab.hosts.values()].map((host) => host.address)
  const command = (sessions: number) => [
    'node',
    `${import.meta.dirname}/floor.mjs`,
    String(sessions),
    String(FORKS),
    `${lab.home}/.ssh/id_ed25519`,
    ...addresses,
  ]
  return {
    name: 'the floor',
    note: "ssh2 with mailfw's own choice of algorithms, one process, no host key check",
    rows: [
      { id: 'one-session', label: 'one bare ssh2 session a host, `true`', command: command(1) },
      { id: 'two-sessions', label: 'two bare ssh2 sessions a host, `true`', command: command(2) },
    ],
    deploys: false,
    rounds,
  }
}
