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
export function reasonText({ kind, causes, savedPath = 'the saved file' }: Part, since: Since): string {
  switch (kind) {
    case 'cannot-compare':
      return 'it cannot be compared before it is applied'
    case 'absent':
      return causes.includes('host') ? `somebody removed ${savedPath} on the host` : `${savedPath} is missing`
    case 'one':
    case 'both': {
      const [cause, ...others] = causes
      if (cause === undefined) return 'differs'
      return others.length === 0 ? causeText(cause, kind, since) : mixedText(causes, since)
    }
  }
}

function mixedText(causes: readonly Cause[], since: Since): string {
  const words = causes.flatMap((cause) => (cause === 'not-loaded-at-boot' ? [] : [MIXED_WORDS[cause]]))
  const places = [words.slice(0, -1).join(', '), words.at(-1) ?? '']
    .filter((text) => text !== '')
    .join(' and ')
  const notLoaded = words.length < causes.length ? `${NOT_LOADED}, and ` : ''
  return `${notLoaded}changed ${places}${since === 'never' ? '' : ` since ${sinceText(since)}`}`
}

const MIXED_WORDS: Readonly<Record<Exclude<Cause, 'not-loaded-at-boot'>, string>> = {
  host: 'on the host',
  inventory: 'in the inventory',
  'mailfw-version': 'by this version of mailfw',
  rollback: 'by the rollback',
}

const NOT_LOADED = 'the last boot did not load what was saved'

function sinceText(since: Since): string {
  return typeof since === 'object' ? `generation ${since.generation}` : 'the last deploy'
}

function causeText(cause: Cause, kind: Part['kind'], since: Since): string {
  switch (cause) {
    case 'host':
      return `somebody changed ${kind === 'both' ? 'them' : 'it'} on the host`
    case 'not-loaded-at-boot':
      return NOT_LOADED
    case 'inventory':
      if (since === 'never') return 'nothing was deployed here before'
      return `the inventory changed since ${sinceText(since)}`
    case 'mailfw-version':
      return `this mailfw renders other rules than that of ${sinceText(since)}`
    case 'rollback':
      return 'the rollback changes it'
  }
}

/** The generation that was compared with; a change has made another since. */
function generationBefore({ outcome, generation }: HostResult): number | undefined {
  if (outcome === 'confirmed') return undefined
  return typeof generation === 'object' ? generation.n : generation
}
