import type { Family } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import type { Finding } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import { CallError, Refusal } from '../remote/call.ts'
import type { Examination } from '../remote/examine.ts'
import { readListeners } from '../remote/listeners.ts'
import type { Published } from '../remote/ports/published.ts'
import { publishedByIptables } from './published/live.ts'
import type { Ruleset } from '../ruleset/parse.ts'
import { parseRuleset, RulesetError } from '../ruleset/parse.ts'
import { quote, refusalSentence } from './endings.ts'
import { portFindings } from './port-findings.ts'
import { portUses } from './ports.ts'
import type { Visit } from './visit.ts'

const LISTENERS_SECONDS = 60

/**
 * Asks a host that was examined who listens there, and finds what does not fit the wanted rules. Where that cannot be
 * told, that is what is found: the look at the rules stands all the same.
 */
export async function lookAtPorts(
  visit: Visit,
  connection: Connection,
  examination: Examination,
): Promise<void> {
  try {
    const seen = await readListeners(connection, visit.callOptions(LISTENERS_SECONDS))
    if (seen.kind === 'no-ss') learnNothing(visit, 'ss is not on the host; install iproute2')
    else if (seen.kind === 'failed') learnNothing(visit, `ss failed on the host: ${quote(seen.message)}`)
    else {
      const { settings } = visit.host
      const ports = portUses({
        listeners: seen.listeners,
        published: [...seen.published, ...publishedLive(examination)],
        rules: rulesOf(visit, examination),
        services: [settings.ssh, ...settings.services],
      })
      visit.learn({ ports, findings: portFindings(ports) })
    }
  } catch (error) {
    learnNothing(visit, reasonOf(error))
  }
}

function learnNothing(visit: Visit, reason: string): void {
  const finding: Finding = {
    code: 'ports-unknown',
    severity: 'warning',
    message: `who listens on the host is not known: ${reason}`,
  }
  visit.learn({ findings: [finding] })
}

/** Anything else is a bug. */
function reasonOf(error: unknown): string {
  if (error instanceof CallError) return error.message
  if (error instanceof Refusal) return refusalSentence(error)
  if (error instanceof RulesetError)
    return `the rules that the host printed cannot be read: ${quote(error.message)}`
  throw error
}

function publishedLive({ families }: Examination): readonly Published[] {
  return FAMILIES.flatMap((family) => publishedByIptables(families[family]?.live ?? '', family))
}

/** As the host writes them, where it does. */
function rulesOf({ job }: Visit, { families }: Examination): Partial<Record<Family, Ruleset>> {
  return Object.fromEntries(
    FAMILIES.flatMap((family) => {
      const wanted = families[family]?.wanted
      if (wanted === undefined) return []
      return [[family, parseRuleset(wanted.kind === 'canonical' ? wanted.text : job.wanted[family])]]
    }),
  )
}
