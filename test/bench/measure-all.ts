import { MAILFW, render } from '../e2e/mailfw.ts'
import type { Lab } from '../lab/lab.ts'
import type { BenchReport } from './bench-report.ts'
import type { Contestant, Missing } from './contestant.ts'
import { costOf } from './cost.ts'
import { makeFleet } from './fleet.ts'
import { goalResults } from './goals.ts'
import { REPORT_BOUND_SECONDS, REPORT_HOSTS, reportSeconds } from './html-report.ts'
import { thisMachine } from './machine.ts'
import type { BenchOptions } from './options.ts'
import { FORKS } from './options.ts'
import { ansible } from './peers/ansible.ts'
import { floor } from './peers/floor.ts'
import { mailfw } from './peers/mailfw.ts'
import { pssh } from './peers/pssh.ts'
import { resultsOf } from './results.ts'
import { runRounds } from './rounds.ts'

/** Measures everyone who is here, on the hosts of the lab. `command` is what was typed. */
export async function measureAll(lab: Lab, options: BenchOptions, command: string): Promise<BenchReport> {
  const { hosts, rounds } = options
  const inventory = await lab.inventory({ all: { mailfw_services: SERVICES } })
  const rendered = await render(lab, inventory)
  const fleet = await makeFleet(lab, rendered)
  const peers = options.peers ? await findPeers(lab, { inventory, rendered, ...options }) : []
  const contestants = [floor(lab, rounds), mailfw(MAILFW, inventory, rounds), ...peers.filter(isHere)]
  const measured = await runRounds(contestants, rounds, {
    ...fleet,
    costOf: (row) => costOf(lab, row),
    tell: (sentence) => {
      console.error(sentence)
    },
  })
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    hosts,
    forks: FORKS,
    rows: resultsOf(measured),
    notes: contestants.map(({ name, note }) => `${name}: ${note}`),
    missing: peers.filter(isMissing),
    goals: goalResults(measured),
    report: { hosts: REPORT_HOSTS, seconds: reportSeconds(rounds), boundSeconds: REPORT_BOUND_SECONDS },
  }
}

const SERVICES = {
  smtp: {},
  submission: { limit: { rate: '30/minute', burst: 60 }, connections: 50 },
  imaps: { limit: { rate: '60/minute', burst: 100 }, connections: 200 },
}

interface ForPeers extends Pick<BenchOptions, 'rounds' | 'ansibleRounds'> {
  readonly inventory: string
  readonly rendered: string
}

async function findPeers(lab: Lab, given: ForPeers): Promise<readonly (Contestant | Missing)[]> {
  const { inventory, rendered, rounds, ansibleRounds } = given
  return [
    await ansible(lab, { inventory, rendered, rounds: ansibleRounds }),
    await pssh(lab, rendered, rounds),
  ]
}

function isHere(peer: Contestant | Missing): peer is Contestant {
  return 'rows' in peer
}

function isMissing(peer: Contestant | Missing): peer is Missing {
  return 'missing' in peer
}
