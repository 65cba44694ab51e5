import type { Cause, HostResult } from '../model/outcome.ts'
import type { Part } from './parts.ts'

/** Since when something else may be wanted: a generation that all hosts of a group have, their last deploy, or never deployed. */
export type Since = { readonly generation: number } | 'last-deploy' | 'never'

export function sinceOf(results: readonly HostResult[]): Since {
  const generations = new Set(results.map(generationBefore))
  const [generation] = generations
  return generation === undefined || generations.size > 1 ? 'last-deploy' : { generation }
}

/** What differs and why, in words. */
export function reasonText({ kind, causes }: Part, since: Since): string {
  if (kind === 'cannot-compare') return 'it cannot be compared before it is applied'
  const reasons = causes.map((cause) => causeText(cause, kind, since))
  const isMixed = causes.length > 1 && kind !== 'absent'
  const why = `${reasons.join(', and ')}${isMixed ? '; the margin says what is whose' : ''}`
  if (kind !== 'absent') return why === '' ? 'it differs' : why
  return causes.includes('host') ? 'somebody removed it on the host' : 'the file is missing'
}

function causeText(cause: Cause, kind: Part['kind'], since: Since): string {
  switch (cause) {
    case 'host':
      return `somebody changed ${kind === 'both' ? 'them' : 'it'} on the host`
    case 'inventory':
      if (since === 'never') return 'nothing was deployed here before'
      return `the inventory changed since ${since === 'last-deploy' ? 'the last deploy' : `generation ${since.generation}`}`
    case 'mailfw-version':
      return `this mailfw makes other rules than the one that ${since === 'last-deploy' || since === 'never' ? 'deployed last' : `made generation ${since.generation}`}`
    case 'rollback':
      return 'the rollback changes it'
  }
}

/** The generation that was compared with; a change has made another since. */
function generationBefore({ outcome, generation }: HostResult): number | undefined {
  if (outcome === 'confirmed') return undefined
  return typeof generation === 'object' ? generation.n : generation
}
