import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname, join, resolve } from 'node:path'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Traces } from '../lab/traces.ts'
import { tracesOf } from '../lab/traces.ts'
import { prompt } from './terminal.ts'

/** The hosts of fleet.yaml, in the order of their addresses. */
const names = ['mx1', 'mx2', 'store1']

/** A lab whose controller has mailfw and fleet.yaml, as an administrator's machine would. */
export interface Stage {
  readonly lab: Lab
  /** By which it can be looked for when it is closed. */
  readonly traces: Traces
  /** Runs a command line on the controller with our terminal; throws where it ends with another exit code. */
  readonly type: (command: string, expectedCode: number) => Promise<void>
}

/** Sets everything up. The lab is closed by whoever asked for it. */
export async function setStage(): Promise<Stage> {
  const lab = await createLab(names.map((name) => ({ name })))
  const bin = join(lab.home, 'bin')
  await mkdir(bin)
  await symlink(resolve(import.meta.dirname, '../../dist/main.js'), join(bin, 'mailfw'))
  await copyFile(join(import.meta.dirname, 'fleet.yaml'), join(lab.home, 'fleet.yaml'))
  // Under sudo the node that runs us may be in no directory of PATH
  const path = [bin, dirname(process.execPath), process.env['PATH'] ?? '/usr/bin:/bin'].join(':')
  const env = {
    PATH: path,
    TERM: process.env['TERM'] ?? 'dumb',
    ...given('NO_COLOR', 'FORCE_COLOR', 'COLORTERM'),
  }
  return {
    lab,
    traces: tracesOf(lab.home, [lab.pid, ...[...lab.hosts.values()].map(({ pid }) => pid)]),
    type: async (command, expectedCode) => {
      prompt(command)
      const child = lab.spawnController(['sh', '-c', command], {
        env,
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      const [code] = (await once(child, 'close')) as [number | null]
      if (code === expectedCode) return
      throw new Error(`Expected \`${command}\` to end with exit code ${expectedCode}, got ${String(code)}.`)
    },
  }
}

function given(...variables: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    variables.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
