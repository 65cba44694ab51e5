import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { expect } from 'vitest'
import type { CommandResult } from '../lab/command.ts'
import { runCommand } from '../lab/command.ts'
import { cacheDirectory } from '../run/cache-directory.ts'

const PROMTOOL = join(cacheDirectory(process.env), 'promtool')

/** What Prometheus's own program says of a text of metrics. Where there is none the test is skipped; in CI it fails. */
export async function checkMetrics(
  text: string,
  { skip }: TestContext,
): Promise<Pick<CommandResult, 'code' | 'stdout' | 'stderr'>> {
  const problem = await promtoolProblem()
  if (problem !== undefined && process.env['CI'] !== undefined) expect.fail(problem)
  skip(problem !== undefined, problem)
  const { code, stdout, stderr } = await runCommand([PROMTOOL, 'check', 'metrics'], { input: text })
  return { code, stdout, stderr }
}

/** Why there is no promtool; undefined where there is one, fetched from Debian's mirror if need be. */
async function promtoolProblem(): Promise<string | undefined> {
  if (existsSync(PROMTOOL)) return undefined
  const script = `${import.meta.dirname}/cache-promtool.sh`
  const { code, stdout, stderr } = await runCommand(['sh', script, PROMTOOL])
  if (code === 0) return undefined
  return `Expected promtool, got: ${(stdout + stderr).trim().split('\n').slice(-3).join('; ')}`
}
