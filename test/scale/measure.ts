import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandResult } from '../lab/command.ts'
import type { ControllerRunOptions } from '../lab/controller.ts'

/** What one process took from its start to its end. */
export interface Usage {
  /** User and system time of the process and all of its threads. */
  readonly cpuSeconds: number
  /** The most that was resident at any time, in MiB. */
  readonly residentMb: number
  /** Wall time. */
  readonly seconds: number
}

export interface Measured {
  readonly usage: Usage
  readonly result: CommandResult
}

type Run = (command: readonly string[], options: ControllerRunOptions) => Promise<CommandResult>

const PATIENCE_SECONDS = 3_600

/** Runs `node WORD...` to its end. Rejects where it ends with another exit code than those. */
export async function measure(
  { run, directory }: { readonly run: Run; readonly directory: string },
  words: readonly string[],
  codes: readonly number[] = [0],
): Promise<Measured> {
  const file = join(directory, 'usage.json')
  const result = await run([process.execPath, '--import', `${import.meta.dirname}/usage.mjs`, ...words], {
    env: { USAGE_FILE: file },
    timeoutSeconds: PATIENCE_SECONDS,
  })
  if (result.code === null || !codes.includes(result.code))
    throw new Error(
      `Expected ${words.join(' ').slice(0, 200)} to end with ${codes.join(' or ')}, got ${String(result.code)}: ${result.stderr.slice(-2_000)}`,
    )
  const told = JSON.parse(readFileSync(file, 'utf8')) as Omit<Usage, 'seconds'>
  return { usage: { ...told, seconds: result.seconds }, result }
}
