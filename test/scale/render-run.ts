import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAILFW } from '../e2e/mailfw.ts'
import { runCommand } from '../lab/command.ts'
import type { Figure } from './bounds.ts'
import { largeInventory } from './large-inventory.ts'
import { measure } from './measure.ts'

export const RENDERED_HOSTS = 10_000

const RESIDENT_MB = 500
/** It is about 14; a machine that is busy with other things gives no wall time to go by. */
const CPU_RATIO = 25

/** What `mailfw render` takes for a large inventory, on this machine and without a lab. */
export async function runRender(): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'mailfw-scale-'))
  try {
    const inventory = join(directory, 'inventory.yaml')
    writeFileSync(inventory, largeInventory(RENDERED_HOSTS))
    const here = {
      directory,
      run: (command: readonly string[], { env = {} }: { readonly env?: Readonly<Record<string, string>> }) =>
        runCommand(command, { env: { ...process.env, ...env }, timeoutSeconds: 300 }),
    }
    const yaml = await measure(here, [`${import.meta.dirname}/read-yaml.mjs`, inventory])
    const { usage, result } = await measure(here, [...MAILFW.slice(1), 'render', inventory])
    const rendered = result.stdout.match(/^==> /gm)?.length ?? 0
    return [
      { name: 'render: rulesets that are missing', value: 2 * RENDERED_HOSTS - rendered, unit: '', most: 0 },
      { name: 'render: resident memory', value: usage.residentMb, unit: 'MiB', most: RESIDENT_MB },
      {
        name: 'render: CPU beside reading the same YAML',
        value: usage.cpuSeconds / yaml.usage.cpuSeconds,
        unit: 'x',
        most: CPU_RATIO,
      },
      { name: `render: CPU for ${RENDERED_HOSTS} hosts`, value: usage.cpuSeconds, unit: 's' },
      { name: `render: wall time for ${RENDERED_HOSTS} hosts`, value: usage.seconds, unit: 's' },
    ]
  } finally {
    rmSync(directory, { recursive: true })
  }
}
