import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import type { Case } from './cases.ts'
import { caseText } from './cases.ts'
import type { DeployRun } from './deploy-run.ts'
import { startDeployOf, startDeployOn } from './deploy-run.ts'
import { openSession } from '../e2e/this-machine.ts'
import { networkTo } from './hosts/host-network.ts'
import { commandOf, lookAt, processesOf } from './oracle/look.ts'
import type { Course } from './oracle/verdict.ts'
import type { Stage } from './stage.ts'
import { OWN_INVENTORY } from './hosts/ways.ts'

const STEP_SECONDS = 60
const SETTLE_SECONDS = 60
/** From telling that the step was reached to waiting for the word. */
const LISTEN_SECONDS = 2

/** Runs a case up to when nothing of it moves any more: the run has ended, and so have the guard and what it waited for. */
export async function runCase(
  lab: Lab,
  tried: Case,
  { host, partner, addresses }: Place,
  inventory: string,
  tell: (what: string) => void,
): Promise<Course> {
  const partnerBefore = await stateOf(partner)
  const session = tried.kind.way === 'itself' ? await openSession(lab, host.address) : undefined
  const idle = processesOf(host).length
  await host.succeed(': >/fault/armed')
  const run = startRun(lab, tried, host, inventory)
  const stage: Stage = {
    host,
    hasIpv6: tried.kind.ipv6 === 'on',
    ...(partner === undefined ? {} : { partner }),
    onController: async (script) => {
      const { code, stderr } = await lab.controller(['sh', '-ec', script])
      if (code !== 0) throw new Error(`Expected the controller to do it, got: ${stderr}`)
    },
    network: networkTo(lab, addresses),
    run,
    secondRun: async () => {
      const logins = await loginsOf(host)
      const second = startDeployOf(lab, inventory, host.name)
      const until = performance.now() + STEP_SECONDS * 1000
      while ((await loginsOf(host)) === logins) {
        if (performance.now() > until) throw new Error('Expected the second run to log in')
        await sleep(200)
      }
      await Promise.race([second.ended, sleep(3_000)])
    },
    pause: () => sleep(500),
  }
  const wasReached = await comesTo(host, run.ended)
  tell(`${wasReached ? 'at' : 'never at'} ${caseText(tried)}`)
  const missed = wasReached ? await strikeOn(stage, tried) : undefined
  if (wasReached) await letGoOn(host)
  tell(`struck ${caseText(tried)}`)
  const ending = await run.ended
  tell(`run over ${caseText(tried)}`)
  const hasStruck = missed === undefined && ((await tried.fault.hasStruck?.(stage, ending)) ?? true)
  if (wasReached) await tried.fault.lift?.(stage)
  const stragglers = await settle(host, idle)
  session?.kill()
  await host.succeed('rm -f /fault/armed')
  const bystander = (await stateOf(partner)) === partnerBefore ? {} : { bystander: await stateOf(partner) }
  const after = await lookAt(lab, host)
  return {
    wasReached,
    hasStruck,
    ending,
    stragglers,
    after,
    ...(missed === undefined ? {} : { missed }),
    ...bystander,
  }
}

/** Where a case is played: its host, the other machine that it has, and the addresses that lead to the host. */
export interface Place {
  readonly host: LabHost
  readonly partner: LabHost | undefined
  readonly addresses: readonly string[]
}

function startRun(lab: Lab, { kind }: Case, host: LabHost, inventory: string): DeployRun {
  if (kind.way === 'itself') return startDeployOn(host, OWN_INVENTORY)
  return startDeployOf(lab, inventory, host.name)
}

/** What nobody was to change on the other machine. */
async function stateOf(partner: LabHost | undefined): Promise<string> {
  return partner === undefined ? '' : partner.succeed(STATE)
}

const STATE = `iptables-save | grep -v '^#'; ip6tables-save | grep -v '^#'
ls -d /run/mailfw/attempt /var/lib/mailfw/generations/* /etc/iptables/rules.* 2>/dev/null || :`

/** Why the fault could not happen; nothing if it did. */
async function strikeOn(stage: Stage, { fault }: Case): Promise<string | undefined> {
  try {
    await fault.strike(stage)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function loginsOf(host: LabHost): Promise<number> {
  return Number(await host.succeed('wc -l </fault/logins'))
}

/** Whether the host stands still at the step before the run ends. */
async function comesTo(host: LabHost, ended: Promise<unknown>): Promise<boolean> {
  const mark = `/proc/${host.pid}/root/fault/reached/pid`
  const over = ended.then(() => 'over' as const)
  const until = performance.now() + STEP_SECONDS * 1000
  while (performance.now() < until && !existsSync(mark)) {
    if ((await Promise.race([over, sleep(20)])) === 'over') break
  }
  return existsSync(mark)
}

/** Whoever stands still at the step goes on; nobody does after a reboot, or where it was killed. */
async function letGoOn(host: LabHost): Promise<void> {
  const until = performance.now() + LISTEN_SECONDS * 1000
  while (!isHeard(host) && performance.now() < until) await sleep(20)
}

/** Whether somebody waits for the word to go on: it is a pipe that nobody else reads. */
function isHeard(host: LabHost): boolean {
  try {
    const go = openSync(`/proc/${host.pid}/root/fault/go`, constants.O_WRONLY | constants.O_NONBLOCK)
    writeSync(go, '\n')
    closeSync(go)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return false
    throw error
  }
}

/** Resolves when no more processes are there than before the run, or with those that stay. */
async function settle(host: LabHost, idle: number): Promise<readonly string[]> {
  const until = performance.now() + SETTLE_SECONDS * 1000
  while (processesOf(host).length > idle) {
    if (performance.now() > until)
      return processesOf(host)
        .map((process) => commandOf(host, process))
        .filter(isOurs)
    await sleep(200)
  }
  return []
}

/** A session of sshd's may outlast its client by hours, where no packet comes any more. */
function isOurs(command: string): boolean {
  return !/^(sshd: |sleep infinity|sh \S+\/boot\.sh )/.test(command)
}
