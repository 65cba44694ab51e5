import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { runCommand, start } from './command.ts'
import type { HostSpec } from './host-spec.ts'
import type { Inside } from './inside.ts'
import { inside } from './inside.ts'
import { cableName, hostAddresses } from './network.ts'
import { collectText, firstLine, shellPath } from './supervisor.ts'

/** One host of a lab. */
export interface LabHost extends Inside {
  readonly name: string
  readonly spec: HostSpec
  readonly address: string
  readonly address6: string
  readonly port: number
  /** Its process 1, as the machine counts; another one after each start. Throws while it is off. */
  readonly pid: number
  /** Pulls the plug: processes, `/run`, `/tmp`, kernel rules and links are gone, files stay. */
  powerOff(): Promise<void>
  /** Starts it again: the saved files are loaded as its boot loader would, then sshd. */
  powerOn(): Promise<void>
  /** Both, one after the other. `orderly`: services that save their rules when they stop do so before. */
  reboot(how?: 'orderly'): Promise<void>
}

/** Makes the host that was prepared in `directory`, switched off. `labPid` is the lab's process 1. */
export function makeHost(spec: HostSpec, number: number, directory: string, labPid: number): LabHost {
  let running: RunningHost | undefined
  let bootedBefore = false
  const pid = () => {
    if (running === undefined) throw new Error(`Expected ${spec.name} to run, but it is switched off`)
    return running.pid
  }
  const host: LabHost = {
    name: spec.name,
    spec,
    ...hostAddresses(number),
    port: spec.sshPort ?? 22,
    get pid() {
      return pid()
    },
    ...inside(pid),
    powerOff: async () => {
      process.kill(pid(), 'SIGKILL')
      await running?.ended
      running = undefined
      await runCommand(['nsenter', `--net=/proc/${labPid}/ns/net`, 'ip', 'link', 'delete', cableName(number)])
    },
    powerOn: async () => {
      running = await boot(spec, bootCommand(spec, directory, labPid, bootedBefore))
      bootedBefore = true
    },
    reboot: async (how) => {
      if (how === 'orderly') await host.succeed(readFileSync(shellPath('shutdown.sh'), 'utf8'))
      await host.powerOff()
      await host.powerOn()
    },
  }
  return host
}

interface RunningHost {
  readonly pid: number
  readonly ended: Promise<unknown>
}

async function boot(spec: HostSpec, command: readonly string[]): Promise<RunningHost> {
  const child = start(command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const complaints = collectText(child.stderr)
  const pid = await readyPid(child)
  if (pid !== undefined) return { pid, ended }
  await ended
  throw new Error(`Expected ${spec.name} to start, got: ${complaints()}`)
}

function bootCommand(
  spec: HostSpec,
  directory: string,
  labPid: number,
  isReboot: boolean,
): readonly string[] {
  return [
    ...['nsenter', '-t', String(labPid), '--mount', '--net', '--pid', '--uts', '--ipc'],
    ...['unshare', '--mount', '--net', '--pid', '--uts', '--ipc', '--fork', '--kill-child'],
    ...(isReboot ? uptimeFromZero() : []),
    ...['sh', shellPath('boot.sh'), directory, spec.name],
    ...[spec.ipv6 === false ? '0' : '1', spec.bootLoader ?? 'debian'],
  ]
}

/** The machine's uptime would tell that nothing was rebooted. */
export function uptimeFromZero(): readonly string[] {
  return ['--time', '--boottime', `-${Math.floor(uptime())}`]
}

async function readyPid(child: ChildProcess): Promise<number | undefined> {
  const pid = /^ready (\d+)$/.exec(await firstLine(child))?.[1]
  return pid === undefined ? undefined : Number(pid)
}
