import { FAMILIES, FAMILY } from '../model/family.ts'
import type { Family } from '../model/family.ts'
import type { RenderFlags } from './flags.ts'
import type { Job } from '../host/visit.ts'
import { loadJobs, selectionOf } from './jobs.ts'
import { NO_LOGIN } from './login.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'
import { writeRendered } from './write-rendered.ts'

/** `mailfw render`: the text that deploy would send, byte for byte; contacts no host. */
export async function render(flags: RenderFlags, world: World): Promise<number> {
  const { jobs } = await loadJobs(selectionOf(flags), NO_LOGIN, world)
  const families = flags.family === undefined ? FAMILIES : [flags.family]
  if (flags.out !== undefined) {
    const written = await writeRendered(jobs, families, flags.out)
    world.stderr.write(`${written} ${written === 1 ? 'file' : 'files'} written to ${flags.out}.\n`)
    return 0
  }
  world.stdout.write(
    isBare(flags) && jobs.length > 0 ? bareText(jobs, families) : textUnderHeaders(jobs, families),
  )
  return 0
}

/** One host and one family by name: nothing but the text, to be piped on. */
function isBare(flags: RenderFlags): boolean {
  return flags.limit !== undefined && flags.family !== undefined
}

function bareText(jobs: readonly Job[], families: readonly Family[]): string {
  const [job] = jobs
  const [family] = families
  if (!job || !family || jobs.length > 1) {
    throw new UsageError(
      `--family with --limit writes one bare text, but ${jobs.length} hosts are selected; name one of them, or use --out DIR.`,
    )
  }
  return job.wanted[family]
}

function textUnderHeaders(jobs: readonly Job[], families: readonly Family[]): string {
  return jobs
    .flatMap(({ host, wanted }) =>
      families.map((family) => `==> ${host.name}/${FAMILY[family].rulesFile} <==\n${wanted[family]}`),
    )
    .join('\n')
}
