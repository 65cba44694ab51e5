import type { Code, HostResult } from '../model/outcome.ts'
import type { Undone } from '../remote/attempt.ts'
import { Refusal } from '../remote/call.ts'
import type { RevertedBy } from '../remote/reverted-by.ts'
import { quote, refusalCode, refusalSentence, reverted } from './endings.ts'
import type { Provenance, Visit } from './visit.ts'

/** Who asks, as hosts keep it. */
export function personOf({ user, controller }: Provenance): string {
  return `${user}@${controller}`
}

/** Behind "was reverted"; empty if the host does not tell. */
export function byWhom(by: RevertedBy | undefined): string {
  switch (by?.kind) {
    case undefined:
      return ''
    case 'hand':
      return ` by hand by ${quote(by.name)}`
    case 'guard':
      return ' by its guard at the deadline'
    case 'run':
      return ' by the run that made it'
    case 'recovery':
      return ` by a later run of ${quote(by.name)}, for its guard was gone`
    case 'failure':
      return ` by the host: ${refusalSentence(new Refusal(by.name, by.detail))}`
  }
}

/** How a host ends whose attempt was reverted before this could be confirmed. */
export function revertedBefore(
  visit: Visit,
  by: RevertedBy | undefined,
  sentence: string,
  undone?: Undone,
): HostResult {
  return reverted(visit, codeOf(by), sentence, undone)
}

function codeOf(by: RevertedBy | undefined): Code {
  switch (by?.kind) {
    case 'hand':
      return 'by-hand'
    case 'guard':
      return 'guard-reverted'
    case 'failure':
      return refusalCode(new Refusal(by.name, by.detail))
    case undefined:
    case 'run':
    case 'recovery':
      return 'confirm-refused'
  }
}
