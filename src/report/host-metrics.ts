import { FAMILIES } from '../model/family.ts'
import type { FamilyState, HostResult } from '../model/outcome.ts'
import { CAUSES } from '../model/outcome.ts'
import type { Gauge, Labels, Sample } from './exposition.ts'

/** What a run tells of each host. Of what it cannot tell there is no sample: an alert that compares is silent then. */
export function hostGauges(hosts: readonly HostResult[]): readonly Gauge[] {
  return [
    {
      name: 'mailfw_host_outcome',
      help: 'How the host ended: 1 for the outcome that it has.',
      samples: hosts.map(({ host, outcome }) => ({ labels: { host, outcome }, value: 1 })),
    },
    {
      name: 'mailfw_host_up',
      help: 'Whether the run could log in to the host; absent where it did not try.',
      samples: hosts.filter(wasVisited).map(({ host, outcome }) => ({
        labels: { host },
        value: outcome === 'unreachable' ? 0 : 1,
      })),
    },
    {
      name: 'mailfw_host_drift',
      help: 'Whether the rules that are live or saved differ from the inventory, as the run left them; absent where that is not known.',
      samples: hosts.flatMap(driftOf),
    },
    {
      name: 'mailfw_host_differences',
      help: 'What the run found to differ, by its cause, also where it mended that; absent where nothing did.',
      samples: hosts.flatMap(differencesOf),
    },
    {
      name: 'mailfw_host_warning',
      help: 'A finding of this code that is a warning: 1 where the host has it.',
      samples: hosts.flatMap(warningsOf),
    },
  ]
}

/** A host whose change was planned and then declined was visited. */
function wasVisited({ outcome, connections }: HostResult): boolean {
  return outcome !== 'skipped' || connections > 0
}

function driftOf(result: HostResult): Sample[] {
  if (result.outcome === 'revert-failed' || result.outcome === 'unknown') return []
  return FAMILIES.flatMap((family) => {
    const { live, saved } = result.families[family] ?? {}
    const labels = { host: result.host, family }
    return [
      ...sampleOf(result, live, { ...labels, in: 'live' }),
      ...sampleOf(result, saved, { ...labels, in: 'saved' }),
    ]
  })
}

/** `state` is what examine found, and a confirmed host is as wanted since. */
function sampleOf(
  { outcome }: HostResult,
  state: FamilyState['live'] | FamilyState['saved'],
  labels: Labels,
): Sample[] {
  if (state === undefined) return []
  if (outcome === 'confirmed') return [{ labels, value: 0 }]
  return state === 'cannot-compare' ? [] : [{ labels, value: state === 'as-wanted' ? 0 : 1 }]
}

function differencesOf({ host, families }: HostResult): Sample[] {
  const found = FAMILIES.flatMap((family) => families[family]?.differences ?? [])
  return CAUSES.map((cause) => ({
    labels: { host, cause },
    // What begins with `# ` is a remark
    value: found.filter((each) => each.cause === cause && !each.line.startsWith('#')).length,
  })).filter(({ value }) => value > 0)
}

/** A code once, however many findings have it: a series that comes twice makes the collector refuse the file. */
function warningsOf({ host, findings }: HostResult): Sample[] {
  const codes = findings.filter(({ severity }) => severity === 'warning').map(({ code }) => code)
  return [...new Set(codes)].map((code) => ({ labels: { host, code }, value: 1 }))
}
