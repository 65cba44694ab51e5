import { once } from 'node:events'
import { collectText } from '../lab/supervisor.ts'
import type { Lab } from '../lab/lab.ts'
import type { Row } from './contestant.ts'
import { openCpuGroup } from './cpu-group.ts'

/** What a command took: whole processes, with their start and what they leave in the background. */
export interface Cost {
  readonly seconds: number
  /** Of the controller; undefined where the machine cannot tell. */
  readonly cpuSeconds: number | undefined
}

const LONGEST_SECONDS = 1_800

/** Runs a row's command on the controller, alone; throws where it fails. What it left running is ended afterwards. */
export async function costOf(lab: Lab, row: Row): Promise<Cost> {
  const group = openCpuGroup()
  const started = performance.now()
  const child = lab.spawnController(group?.inside(row.command) ?? row.command, { env: row.env ?? {} })
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_SECONDS * 1_000)
  const said = [collectText(child.stdout), collectText(child.stderr)]
  const closed = once(child, 'close')
  child.stdin?.on('error', () => undefined) // it need not read what it is given
  child.stdin?.end(row.input ?? '')
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  const cost = { seconds: (performance.now() - started) / 1_000, cpuSeconds: group?.cpuSeconds() }
  clearTimeout(timer)
  await group?.close()
  await closed
  const text = said.map((each) => each()).join('\n')
  if (code !== 0) throw new Error(`ended with ${String(signal ?? code)}: ${complaint(text)}`)
  if (row.mustNotSay?.test(text))
    throw new Error(`changed something on hosts that were as wanted: ${complaint(text)}`)
  return cost
}

/** The lines that tell of a failure, else the last ones. */
function complaint(text: string): string {
  const lines = text.trim().split('\n')
  const bad = lines.filter((line) => /fatal|failure|error/i.test(line)).slice(0, 3)
  return (bad.length > 0 ? bad : lines.slice(-5)).map((line) => line.slice(0, 400)).join('\n')
}
