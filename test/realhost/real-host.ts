import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { runCommand, start } from '../lab/command.ts'
import type { LabHost } from '../lab/host.ts'
import { uptimeFromZero } from '../lab/host.ts'
import { inside } from '../lab/inside.ts'
import { cableName, hostAddresses } from '../lab/network.ts'
import { collectText, firstLine } from '../lab/supervisor.ts'
import type { RealHostSpec } from './real-lab.ts'
import { waitForBoot } from './wait-for-boot.ts'

/** How systemd-nspawn ends when its host wants to be started again. */
const REBOOTS = 133

/** Makes the host that was prepared in `directory`, switched off. `labPid` is the lab's process 1. */
export function makeRealHost(spec: RealHostSpec, number: number, directory: string, labPid: number): LabHost {
  let running: RunningHost | undefined
  let bootedBefore = false
  const theRunning = () => {
    if (running === undefined) throw new Error(`Expected ${spec.name} to run, but it is switched off`)
    return running
  }
  const hasEnded = async (): Promise<number | null> => {
    const code = await theRunning().ended
    running = undefined
    await runCommand(['nsenter', `--net=/proc/${labPid}/ns/net`, 'ip', 'link', 'delete', cableName(number)])
    return code
  }
  const host: LabHost = {
    name: spec.name,
    spec,
    ...hostAddresses(number),
    port: 22,
    get pid() {
      return theRunning().pid
    },
    ...inside(() => theRunning().pid),
    powerOff: async () => {
      process.kill(theRunning().nspawn, 'SIGKILL')
      await hasEnded()
    },
    powerOn: async () => {
      running = await boot(spec, bootCommand(spec, directory, labPid, bootedBefore))
      bootedBefore = true
    },
    reboot: async () => {
      await host.succeed('systemctl reboot')
      const code = await hasEnded()
      if (code !== REBOOTS)
        throw new Error(`Expected ${spec.name} to reboot, but it ended with ${String(code)}`)
      await host.powerOn()
    },
  }
  return host
}

interface RunningHost {
  /** systemd, as the machine counts. */
  readonly pid: number
  readonly nspawn: number
  readonly ended: Promise<number | null>
}

async function boot(spec: RealHostSpec, command: readonly string[]): Promise<RunningHost> {
  const child = start(command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const complaints = collectText(child.stderr)
  const nspawn = await readyPid(child)
  if (nspawn === undefined) throw new Error(`Expected ${spec.name} to start, got: ${complaints()}`)
  const booted = await waitForBoot(nspawn, spec.mayFail === true)
  if ('pid' in booted) return { pid: booted.pid, nspawn, ended }
  try {
    process.kill(nspawn, 'SIGKILL')
  } catch {
    // It is gone, and said why.
  }
  await ended
  throw new Error(`Expected ${spec.name} to start, got: ${booted.problem}; ${complaints()}`)
}

function bootCommand(
  spec: RealHostSpec,
  directory: string,
  labPid: number,
  isReboot: boolean,
): readonly string[] {
  const namespaces = ['--mount', '--net', '--pid', '--uts', '--ipc']
  return [
    ...['nsenter', '-t', String(labPid), ...namespaces],
    ...['unshare', ...namespaces, '--fork', '--kill-child'],
    ...(isReboot ? uptimeFromZero() : []),
    ...['sh', `${import.meta.dirname}/boot.sh`, directory, spec.name],
  ]
}

async function readyPid(child: ChildProcess): Promise<number | undefined> {
  const pid = /^ready (\d+)$/.exec(await firstLine(child))?.[1]
  return pid === undefined ? undefined : Number(pid)
}
