import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

/** On what was measured, as one reads it. */
export interface Machine {
  readonly processors: string
  readonly memory: string
  readonly kernel: string
  readonly node: string
  readonly openssh: string
}

/** The machine that the lab and its controller share. */
export function thisMachine(): Machine {
  const all = cpus()
  return {
    processors: `${all.length} x ${all[0]?.model.trim() ?? 'unknown'}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    kernel: release(),
    node: process.version,
    openssh: execFileSync('sh', ['-c', 'ssh -V 2>&1'], { encoding: 'utf8' }).trim(),
  }
}
