import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import type { Case } from './cases.ts'
import { caseText } from './cases.ts'
import { startDeployOf } from './deploy-run.ts'
import { networkTo } from './host-network.ts'
import { commandOf, lookAt, processesOf } from './oracle/look.ts'
import type { Course } from './oracle/verdict.ts'
import type { Stage } from './stage.ts'

const STEP_SECONDS = 60
const SETTLE_SECONDS = 60
/** From telling that the step was reached to waiting for the word. */
const LISTEN_SECONDS = 2

/** Runs a case up to when nothing of it moves any more: the run has ended, and so have the guard and what it waited for. */
export async function runCase(
  lab: Lab,
  tried: Case,
  host: LabHost,
  inventory: string,
  tell: (what: string) => void,
): Promise<Course> {
  const idle = processesOf(host).length
  await host.succeed(': >/fault/armed')
  const run = startDeployOf(lab, inventory, host.name)
  const stage: Stage = {
    host,
    hasIpv6: tried.kind.ipv6 === 'on',
    network: networkTo(lab, host),
    run,
    secondRun: async () => {
      const second = startDeployOf(lab, inventory, host.name)
      await Promise.race([second.ended, sleep(4_000)])
    },
    pause: () => sleep(500),
  }
  const wasReached = await comesTo(host, run.ended)
  tell(`${wasReached ? 'at' : 'never at'} ${caseText(tried)}`)
  if (wasReached) {
    await tried.fault.strike(stage)
    await letGoOn(host)
  }
  tell(`struck ${caseText(tried)}`)
  const ending = await run.ended
  tell(`run over ${caseText(tried)}`)
  if (wasReached) await tried.fault.lift?.(stage)
  const stragglers = await settle(host, idle)
  await host.succeed('rm -f /fault/armed')
  return { wasReached, ending, stragglers, after: await lookAt(lab, host) }
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
