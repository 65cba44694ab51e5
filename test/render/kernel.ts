import { spawnSync } from 'node:child_process'
import { getuid } from 'node:process'
import type { Family } from '../../src/model/family.ts'
import { FAMILY } from '../../src/model/family.ts'

export const BACKENDS = ['nft', 'legacy'] as const

export type Backend = (typeof BACKENDS)[number]

/** Whether this machine lets us load rules into a network namespace of our own. */
export const CAN_LOAD = getuid?.() === 0 && spawnSync('unshare', ['-n', 'true']).status === 0

export interface Loaded {
  readonly status: number | null
  readonly stderr: string
  /** What iptables-save then prints of chains and rules. */
  readonly saved: readonly string[]
}

/** Loads a text into a new network namespace with the kernel's real iptables, and saves it again. */
export function load(text: string, family: Family, backend: Backend): Loaded {
  const command = `${FAMILY[family].command}-${backend}`
  const script = `${command}-restore && ${command}-save`
  const { status, stdout, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', script], {
    input: text,
    encoding: 'utf8',
  })
  return { status, stderr, saved: stdout.split('\n').filter((line) => /^(?:[:*-]|COMMIT)/.test(line)) }
}
