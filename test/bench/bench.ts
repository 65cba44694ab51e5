import { parseArgs } from 'node:util'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { labProblem } from '../lab/problem.ts'
import { setup as build } from '../run/build-first.ts'
import { REPORT_HOSTS, reportSeconds } from './report.ts'

/**
 * `npm run bench -- [--hosts N] [--rounds N] [--json]`: what mailfw costs beside bare ssh2 sessions, on the same hosts in
 * the same run. Whole processes are timed, so mailfw's own start counts. And what the HTML report of a large fleet takes.
 */
const ROOT = `${import.meta.dirname}/../..`
const MAILFW = ['node', `${ROOT}/dist/main.js`]
const FORKS = '20'

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
})

build()
const problem = labProblem()
if (problem !== undefined) throw new Error(problem)
const lab = await createLab(
  Array.from({ length: Number(values.hosts) }, (_, index) => ({ name: `mx${index + 1}` })),
)
try {
  const report = await measure(lab, Number(values.rounds))
  console.log(values.json ? JSON.stringify(report, null, 2) : table(report))
} finally {
  await lab.close()
}

interface Report {
  readonly hosts: number
  readonly rounds: number
  /** Wall time of whole processes in seconds, medians. */
  readonly seconds: Readonly<Record<Series, number>>
  readonly ratios: { readonly deploy: number; readonly check: number }
  /** The slowest of the rounds, for a fleet of its own size. */
  readonly reportSeconds: number
}

type Series = 'one session' | 'two sessions' | 'deploy' | 'check'

async function measure(fleet: Lab, rounds: number): Promise<Report> {
  const inventory = await fleet.inventory({
    all: {
      mailfw_services: {
        smtp: {},
        submission: { limit: { rate: '30/minute', burst: 60 }, connections: 50 },
        imaps: { limit: { rate: '60/minute', burst: 100 }, connections: 200 },
      },
    },
  })
  const addresses = [...fleet.hosts.values()].map((host) => host.address)
  const floor = (sessions: string): readonly string[] => [
    'node',
    `${import.meta.dirname}/floor.mjs`,
    sessions,
    FORKS,
    `${fleet.home}/.ssh/id_ed25519`,
    ...addresses,
  ]
  const series: Record<Series, number[]> = { 'one session': [], 'two sessions': [], deploy: [], check: [] }
  for (let round = 0; round <= rounds; round++) {
    await forgetEverything(fleet)
    const times = {
      'two sessions': await timed(fleet, floor('2')),
      deploy: await timed(fleet, [...MAILFW, 'deploy', inventory, '--forks', FORKS]),
      'one session': await timed(fleet, floor('1')),
      check: await timed(fleet, [...MAILFW, 'check', inventory, '--forks', FORKS]),
    }
    // The first round warms the file cache.
    if (round === 0) continue
    for (const [name, seconds] of Object.entries(times)) series[name as Series].push(seconds)
  }
  return {
    hosts: addresses.length,
    rounds,
    seconds: {
      'one session': median(series['one session']),
      'two sessions': median(series['two sessions']),
      deploy: median(series.deploy),
      check: median(series.check),
    },
    reportSeconds: reportSeconds(rounds),
    ratios: {
      deploy: median(series.deploy.map((seconds, round) => seconds / (series['two sessions'][round] ?? NaN))),
      check: median(series.check.map((seconds, round) => seconds / (series['one session'][round] ?? NaN))),
    },
  }
}

/** Every deploy is a first one. */
async function forgetEverything(fleet: Lab): Promise<void> {
  const script = `
    rm -rf /var/lib/mailfw /run/mailfw /etc/iptables/rules.v4 /etc/iptables/rules.v6
    for command in iptables ip6tables; do
      printf '*filter\\n:INPUT ACCEPT\\n:FORWARD ACCEPT\\n:OUTPUT ACCEPT\\nCOMMIT\\n' | $command-restore
    done`
  await Promise.all([...fleet.hosts.values()].map((host) => host.succeed(script)))
}

async function timed(fleet: Lab, command: readonly string[]): Promise<number> {
  const started = performance.now()
  const { code, stderr } = await fleet.controller(command, { timeoutSeconds: 300 })
  const seconds = (performance.now() - started) / 1000
  if (code !== 0) throw new Error(`${command.slice(0, 3).join(' ')} ended with ${String(code)}: ${stderr}`)
  return seconds
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = NaN, high = NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}

function table({ hosts, rounds, seconds, ratios, reportSeconds }: Report): string {
  const row = (name: string, value: number, ratio = ''): string =>
    `${name.padEnd(44)}${value.toFixed(2).padStart(8)} s  ${ratio}`
  return [
    `${hosts} hosts, ${FORKS} at once, medians of ${rounds} rounds, wall time of whole processes`,
    row('one bare ssh2 session a host, `true`', seconds['one session']),
    row('mailfw check, unchanged', seconds.check, `${ratios.check.toFixed(2)} x one session (bound: 2)`),
    row('two bare ssh2 sessions a host, `true`', seconds['two sessions']),
    row('mailfw deploy, first', seconds.deploy, `${ratios.deploy.toFixed(2)} x two sessions (bound: 3)`),
    row(`an HTML report of ${REPORT_HOSTS} hosts, slowest`, reportSeconds, '(bound: 2 s)'),
  ].join('\n')
}
