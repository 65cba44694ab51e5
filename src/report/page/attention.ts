import type { Finding, HostResult, Outcome, Severity } from '../../model/outcome.ts'
import { needsAttention } from '../../model/outcome.ts'
import { commonSentence, groupBy, withoutFix } from '../fold.ts'
import { scanCommands } from '../host-keys.ts'
import { AS_WANTED, BY_ATTENTION } from '../style.ts'
import type { DifferenceBlock } from './differences.ts'
import { differenceBlocks } from './differences.ts'
import { CAUSES } from './words.ts'

/** One thing that somebody may have to look at, with all hosts that it is true of. */
export interface Entry {
  readonly label: Outcome | Severity
  readonly hosts: readonly HostResult[]
  /** One, unless hosts with the same differences are told about in different words. */
  readonly sentences: readonly string[]
  readonly blocks: readonly DifferenceBlock[]
  /** What mends it, where there is such a thing. */
  readonly commands: readonly string[]
}

/** What is not as it should be, worst first: outcomes, then what attempts left behind, then warnings. */
export function attentionEntries(results: readonly HostResult[]): readonly Entry[] {
  return [
    ...BY_ATTENTION.flatMap((outcome) => outcomeEntries(results, outcome)),
    ...AS_WANTED.flatMap((outcome) => outcomeEntries(results.filter(needsAttention), outcome)),
    ...findingEntries(results, 'warning'),
  ]
}

/** What this run put right, where nothing is left to be done. */
export function changeEntries(results: readonly HostResult[]): readonly Entry[] {
  return outcomeEntries(
    results.filter((result) => !needsAttention(result) && differenceBlocks(result).length > 0),
    'confirmed',
  )
}

/** What is worth knowing of. */
export function noticeEntries(results: readonly HostResult[]): readonly Entry[] {
  return findingEntries(results, 'info')
}

function outcomeEntries(results: readonly HostResult[], outcome: Outcome): readonly Entry[] {
  const those = results.filter((result) => result.outcome === outcome)
  const groups = groupBy(those, sameKey).map((hosts) => outcomeEntry(hosts, outcome))
  return mostFirst(groups)
}

/** The same differences are one thing however they are told; else what is told decides. */
function sameKey(result: HostResult): string {
  const blocks = differenceBlocks(result)
  const same = blocks.length > 0 ? blocks : commonSentence(result, result.message)
  return JSON.stringify([result.code, result.fix, same])
}

function outcomeEntry(hosts: readonly [HostResult, ...HostResult[]], outcome: Outcome): Entry {
  const [first] = hosts
  const scans = scanCommands(hosts)
  return {
    label: outcome,
    hosts,
    sentences: [...sentencesOf(hosts), ...(scans.length === 0 ? [] : [BEFORE_A_SCAN])],
    blocks: differenceBlocks(first),
    commands: [...(first.fix === undefined ? [] : [first.fix]), ...scans],
  }
}

const BEFORE_A_SCAN =
  'Compare the key that is offered with that of the machine itself; this records it, whatever it is:'

const MOST_SENTENCES = 3

function sentencesOf(hosts: readonly [HostResult, ...HostResult[]]): readonly string[] {
  const [first, second] = hosts
  const sentences = new Set(
    second === undefined
      ? [withoutFix(first.message, first.fix)]
      : hosts.map((host) => commonSentence(host, withoutFix(host.message, host.fix))),
  )
  return [...sentences].slice(0, MOST_SENTENCES)
}

function findingEntries(results: readonly HostResult[], severity: Severity): readonly Entry[] {
  const seen = results.flatMap((host) =>
    host.findings
      .filter((finding) => finding.severity === severity)
      .map((finding) => ({ host, finding, common: commonSentence(host, finding.message) })),
  )
  const groups = groupBy(seen, ({ finding, common }) => JSON.stringify([finding.code, common, finding.fix]))
  return mostFirst(groups.map((group) => findingEntry(group)))
}

interface Seen {
  readonly host: HostResult
  readonly finding: Finding
  readonly common: string
}

function findingEntry(group: readonly [Seen, ...Seen[]]): Entry {
  const [{ finding, common }, second] = group
  return {
    label: finding.severity,
    hosts: group.map(({ host }) => host),
    sentences: [second === undefined ? finding.message : common],
    blocks: [],
    commands: finding.fix === undefined ? [] : [finding.fix],
  }
}

/** A change that somebody made by hand comes before one of ours; then what most hosts have. */
function mostFirst(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort(
    (left, right) =>
      Number(isByHand(right)) - Number(isByHand(left)) || right.hosts.length - left.hosts.length,
  )
}

function isByHand({ blocks }: Entry): boolean {
  return blocks.some(({ cause }) => cause === CAUSES.differs.host || cause === CAUSES.differed.host)
}
