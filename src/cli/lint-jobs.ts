import type { Job } from '../host/visit.ts'
import type { Problem } from '../lib/input-error.ts'
import { FAMILIES, FAMILY } from '../model/family.ts'
import { foreignPattern } from '../ruleset/foreign.ts'
import { lintRuleset } from '../ruleset/lint.ts'

/** What no host has to be asked about: host names in rules, and chains that the inventory leaves to other programs. */
export function lintJobs(jobs: readonly Job[], inventory: string): readonly Problem[] {
  return jobs.flatMap(({ host, wanted }) => {
    const foreign = foreignPattern(host.settings.preserve)
    return FAMILIES.flatMap((family) =>
      lintRuleset(wanted[family], foreign).map(({ line, message }) => ({
        file: inventory,
        message: `${line === undefined ? '' : `line ${line} of `}the rendered ${FAMILY[family].rulesFile} of ${host.name}: ${message}`,
      })),
    )
  })
}
