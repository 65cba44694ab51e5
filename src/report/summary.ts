import type { Finding, HostResult } from '../model/outcome.ts'
import type { Entry, Look, Paragraph } from './entry.ts'
import { writeEntry } from './entry.ts'
import { commonSentence, groupBy, sentenceFor, withoutFix } from './fold.ts'
import { unknownKeysEntry } from './host-keys.ts'
import { nameHeading, namesOnOneLine } from './names.ts'
import type { Colours } from './output.ts'
import type { RunDocument } from './reporter.ts'
import {
  AS_WANTED,
  BY_ATTENTION,
  countsText,
  durationText,
  hostCount,
  LABEL_WIDTH,
  outcomePaint,
  severityPaint,
} from './style.ts'

/** `12 hosts in 3.2 s: 10 unchanged, 2 unreachable`. */
export function writeCounts(
  run: Pick<RunDocument, 'hosts' | 'seconds' | 'summary'>,
  colours: Colours,
): string {
  const total = colours.bold(`${hostCount(run.hosts.length)} in ${durationText(run.seconds)}`)
  const counts = countsText(run.summary, colours)
  return counts === '' ? `${total}\n` : `${total}: ${counts}\n`
}

/** Every host that is not as wanted, worst first, equal sentences once; then a line each for those that are. */
export function writeHosts(results: readonly HostResult[], look: Look): string {
  const attention = BY_ATTENTION.flatMap((outcome) => attentionEntries(results, outcome, look))
  const fine = AS_WANTED.flatMap((outcome) => fineEntry(results, outcome, look))
  return [...attention, ...fine].map((entry) => writeEntry(entry, look)).join('')
}

/** What examine saw besides drift, warnings first, equal ones once. */
export function writeFindings(results: readonly HostResult[], look: Look): string {
  const seen = results.flatMap((result) =>
    // What a host failed for was said.
    result.findings
      .filter(({ code, fix }) => code !== result.code || fix !== result.fix)
      .map((finding) => ({ result, finding })),
  )
  const groups = groupBy(seen, ({ result, finding }) =>
    JSON.stringify([finding.severity, finding.code, commonSentence(result, finding.message), finding.fix]),
  )
  const order = (severity: Finding['severity']) =>
    groups.filter(([first]) => first.finding.severity === severity)
  return [...order('warning'), ...order('info')]
    .map(([first, ...others]) => {
      const { finding } = first
      const message = others.length === 0 ? finding.message : commonSentence(first.result, finding.message)
      const names = [first, ...others].map((each) => each.result.host)
      const { heading, below } = nameHeading(names, look.columns - LABEL_WIDTH)
      return writeEntry(
        {
          label: finding.severity,
          paint: severityPaint(finding.severity, look.colours),
          heading,
          paragraphs: [message, ...below, ...(finding.fix === undefined ? [] : [{ asIs: finding.fix }])],
        },
        look,
      )
    })
    .join('')
}

/** Attempts whose guards may still be armed: when each of them acts by itself. */
export function writeGuards(
  results: readonly HostResult[],
  deadlineOf: (result: HostResult) => Date,
  look: Look,
): string {
  return results
    .flatMap((result) => {
      if (result.pending === undefined) return []
      const time = deadlineOf(result).toTimeString().slice(0, 8)
      const text = `${result.host}: the guard of attempt ${result.pending.id} puts the old rules back at ${time}, unless the attempt was confirmed.`
      return [writeEntry({ label: 'guard armed', paint: look.colours.yellow, paragraphs: [text] }, look)]
    })
    .join('')
}

function attentionEntries(
  results: readonly HostResult[],
  outcome: (typeof BY_ATTENTION)[number],
  look: Look,
): Entry[] {
  const those = results.filter((result) => result.outcome === outcome)
  return groupBy(those, sentenceKey).map((group) => {
    const [first] = group
    if (isUnknownKey(first)) return unknownKeysEntry(group, look)
    const sentence = sentenceFor(group)
    const names = group.map((result) => result.host)
    const { heading, below } = nameHeading(names, look.columns - LABEL_WIDTH)
    const paint = outcomePaint(outcome, look.colours)
    return { label: outcome, paint, heading, paragraphs: [...mended(sentence, first.fix), ...below] }
  })
}

/** A command that stands inside the sentence gets a line of its own, where it can be copied. */
function mended(sentence: string, fix: string | undefined): readonly Paragraph[] {
  return fix === undefined ? [sentence] : [`${withoutFix(sentence, fix)}; to mend it:`, { asIs: fix }]
}

/** Unknown host keys are one thing to do, however each of them is worded. */
function sentenceKey(result: HostResult): string {
  if (isUnknownKey(result) || result.outcome === 'skipped') return result.code
  return JSON.stringify([result.code, commonSentence(result, result.message)])
}

/** Its own key: one of a jump host is the same sentence for all behind it. */
function isUnknownKey({ code, fingerprint }: HostResult): boolean {
  return code === 'host-key-unknown' && fingerprint !== undefined
}

function fineEntry(results: readonly HostResult[], outcome: (typeof AS_WANTED)[number], look: Look): Entry[] {
  const those = results.filter((result) => result.outcome === outcome)
  const [first] = those
  if (!first) return []
  const names = namesOnOneLine(
    those.map((result) => result.host),
    look.columns - LABEL_WIDTH,
  )
  return [
    {
      label: outcome,
      paint: outcomePaint(outcome, look.colours),
      ...(results.length === 1 ? { heading: names, paragraphs: [first.message] } : { paragraphs: [names] }),
    },
  ]
}
