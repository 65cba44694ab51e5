import type { CommandResult } from '../lab/command.ts'
import type { Lab } from '../lab/lab.ts'
import { MAILFW } from '../e2e/mailfw.ts'
import type { Usage } from './measure.ts'
import { measure } from './measure.ts'
import { forget, HUNDRED, makeDrift, ONE, SERVICES } from './scale-fleet.ts'

/** What each run took; `sessions` of a bare run are what mailfw makes there, or would at the least. */
export interface FleetFigures {
  readonly hosts: number
  readonly drifted: number
  /** Bare ssh2 sessions that run `true`: one a host, two a host, and one with one host. */
  readonly floor: { readonly one: Usage; readonly two: Usage; readonly start: Usage }
  readonly deploy: Usage
  /** Of a fleet that is as wanted. */
  readonly check: Usage
  /** With every tenth host changed by hand. */
  readonly enforce: Usage
  /** A check of one host: what the start takes. */
  readonly start: Usage
  /** The same with a hundred of the hosts; absent where there are no more than that. */
  readonly hundred?: { readonly deploy: Usage; readonly check: Usage }
}

export interface FleetRun {
  readonly figures: FleetFigures
  /** What did not end as it had to. */
  readonly faults: readonly string[]
}

/** As many at once as mailfw has by default. */
const AT_ONCE = '20'

/** Deploys to a new lab, checks it, changes some hosts by hand and has them put right, beside bare sessions with the same hosts. */
export async function runFleet(lab: Lab, tell: (what: string) => void): Promise<FleetRun> {
  const inventory = await lab.inventory({ all: SERVICES })
  const names = [...lab.hosts.keys()]
  const faults: string[] = []
  const controller = { run: lab.controller, directory: lab.home }

  const take = async (what: string, words: readonly string[], judge?: Judge): Promise<Usage> => {
    const { usage, result } = await measure(controller, words, judge && ANY_CODE)
    faults.push(...(judge?.(result) ?? []).map((fault) => `${what}: ${fault}`))
    tell(`${what}: ${usage.cpuSeconds.toFixed(2)} s CPU, ${usage.seconds.toFixed(1)} s`)
    return usage
  }
  const bare = (what: string, sessions: number, hosts: readonly string[]): Promise<Usage> =>
    take(what, floor(lab, sessions, hosts))
  const mailfw = (what: string, verb: string, more: readonly string[], judge: Judge): Promise<Usage> =>
    take(what, [...MAILFW.slice(1), verb, inventory, '--output', 'json', ...more], judge)

  await bare('the first sessions of all', 1, names.slice(0, 20))
  const hundredDeploy = await small(() =>
    mailfw('deploy, 100 hosts', 'deploy', ['--limit', HUNDRED], all(100, 'confirmed')),
  )
  await forget(lab)
  const two = await bare('two sessions a host', 2, names)
  const deploy = await mailfw('deploy', 'deploy', [], all(names.length, 'confirmed'))
  const one = await bare('one session a host', 1, names)
  const check = await mailfw('check', 'check', [], all(names.length, 'unchanged'))
  const hundredCheck = await small(() =>
    mailfw('check, 100 hosts', 'check', ['--limit', HUNDRED], all(100, 'unchanged')),
  )
  const floorStart = await bare('one session with one host', 1, [ONE])
  const start = await mailfw('check, one host', 'check', ['--limit', ONE], all(1, 'unchanged'))
  const drifted = await makeDrift(lab)
  const enforce = await mailfw('enforce', 'enforce', [], put(drifted, names.length))

  return {
    figures: {
      hosts: names.length,
      drifted: drifted.length,
      floor: { one, two, start: floorStart },
      deploy,
      check,
      enforce,
      start,
      ...(hundredDeploy && hundredCheck && { hundred: { deploy: hundredDeploy, check: hundredCheck } }),
    },
    faults,
  }

  /** Only where a hundred are fewer than all. */
  async function small(run: () => Promise<Usage>): Promise<Usage | undefined> {
    return names.length > 100 ? run() : undefined
  }
}

const ANY_CODE = [0, 1, 2, 3, 4, 5, 6]

function floor(lab: Lab, sessions: number, hosts: readonly string[]): readonly string[] {
  const program = `${import.meta.dirname}/../bench/peers/floor.mjs`
  const addresses = hosts.map((name) => lab.host(name).address)
  return [program, String(sessions), AT_ONCE, `${lab.home}/.ssh/id_ed25519`, ...addresses]
}

type Judge = (result: CommandResult) => readonly string[]

function ended({ code, stderr }: CommandResult): readonly string[] {
  return code === 0 ? [] : [`expected the exit code 0, got ${String(code)}: ${stderr.slice(-500)}`]
}

interface Told {
  readonly host: string
  readonly outcome: string
  readonly message: string
}

/** That so many hosts ended, each like this. */
function all(count: number, outcome: string): Judge {
  return (result) => judgeHosts(result, count, () => outcome)
}

/** That the drifted hosts were changed and the others left. */
function put(drifted: readonly string[], count: number): Judge {
  return (result) => judgeHosts(result, count, (host) => (drifted.includes(host) ? 'confirmed' : 'unchanged'))
}

function judgeHosts(
  result: CommandResult,
  count: number,
  expected: (host: string) => string,
): readonly string[] {
  if (!result.stdout.startsWith('{')) return [`expected a document, got ${result.stderr.slice(-500)}`]
  const { hosts } = JSON.parse(result.stdout) as { readonly hosts: readonly Told[] }
  const wrong = hosts.filter(({ host, outcome }) => outcome !== expected(host))
  return [
    ...ended(result),
    ...(hosts.length === count ? [] : [`expected ${count} hosts, got ${hosts.length}`]),
    ...wrong.map(
      ({ host, outcome, message }) => `expected ${expected(host)} of ${host}, got ${outcome}: ${message}`,
    ),
  ]
}
