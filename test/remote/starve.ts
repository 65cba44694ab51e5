import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { succeed } from '../lab/command.ts'
import type { LabHost } from '../lab/host.ts'

/** What is taken from a guard, and given back. */
export type Famine = (host: LabHost) => Promise<void>

/** For some seconds nothing can be started by what runs in the guard's control group; `meanwhile` runs on the host. */
export function withoutForks(seconds: number, meanwhile = ':'): Famine {
  return async (host) => {
    const pid = await guardPid(host)
    const group = makeGroup(`${host.name}-${pid}`)
    writeFileSync(`${group}/cgroup.procs`, String(pid))
    writeFileSync(`${group}/pids.max`, '1')
    await host.succeed(meanwhile)
    await sleep(seconds * 1000)
    const events = readFileSync(`${group}/pids.events`, 'utf8')
    writeFileSync(`${group}/pids.max`, 'max')
    await leaveGroup(group)
    if (!/^max [1-9]/.test(events)) throw new Error(`Expected a fork that is refused, got ${events}`)
  }
}

/** A limit of the process itself, which stays until it lifts it. */
export function limited(...options: readonly string[]): Famine {
  return async (host) => {
    await succeed(['prlimit', '--pid', String(await guardPid(host)), ...options])
  }
}

/** Something that is done on the host. */
export function done(script: string): Famine {
  return async (host) => {
    await host.succeed(script)
  }
}

async function guardPid(host: LabHost): Promise<number> {
  const inner = (await host.succeed('read -r guard _ </run/mailfw/attempt/guard; echo "$guard"')).trim()
  const namespace = readlinkSync(`/proc/${host.pid}/ns/pid`)
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const ids = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split(/\s+/)
      if (ids?.at(-1) === inner && readlinkSync(`/proc/${pid}/ns/pid`) === namespace) return Number(pid)
    } catch {
      // It ended while we looked
    }
  }
  throw new Error(`Expected process ${inner} on ${host.name}`)
}

/** Of version 1, where a controller has a tree of its own, or of version 2. */
function makeGroup(name: string): string {
  const own = '/sys/fs/cgroup/pids'
  const root = existsSync(own) ? own : '/sys/fs/cgroup'
  if (root !== own) writeFileSync(`${root}/cgroup.subtree_control`, '+pids')
  const group = `${root}/mailfw-${name}`
  mkdirSync(group)
  return group
}

/** Its processes go back to where ours is, so that it can be removed. */
async function leaveGroup(group: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    for (const pid of readFileSync(`${group}/cgroup.procs`, 'utf8').split('\n').filter(Boolean)) {
      try {
        writeFileSync(`${group}/../cgroup.procs`, pid)
      } catch {
        // It has ended
      }
    }
    try {
      rmdirSync(group)
      return
    } catch {
      await sleep(50)
    }
  }
}
