import type { HostResult } from '../model/outcome.ts'
import type { KeyScan } from '../model/transport.ts'
import type { Entry, Look, Paragraph } from './entry.ts'
import { groupBy } from './fold.ts'
import { outcomePaint } from './style.ts'

/** Hosts whose keys nobody knows: one sentence, what each of them offers, and how to record them. */
export function unknownKeysEntry(results: readonly [HostResult, ...HostResult[]], look: Look): Entry {
  const [first, ...others] = results
  const isOne = others.length === 0
  const scans = scanCommands(results).map((asIs) => ({ asIs }))
  return {
    label: 'unreachable',
    paint: outcomePaint('unreachable', look.colours),
    heading: isOne ? first.host : `${results.length} hosts`,
    paragraphs: [
      isOne
        ? 'Its host key is not in known_hosts, so nobody can tell whether it is the right machine; nothing was changed on it. It offered:'
        : 'Their host keys are not in known_hosts, so nobody can tell whether these are the right machines; nothing was changed on them. They offered:',
      ...fingerprintLines(results),
      `Compare with ${isOne ? 'the machine itself' : 'the machines themselves'}; then run again with --accept-new-host-keys${scans.length === 0 ? '.' : `, or record ${isOne ? 'it' : 'them'} first:`}`,
      ...scans,
    ],
  }
}

/** The commands that record the keys of these hosts; hosts share one where it differs in nothing else. */
export function scanCommands(results: readonly HostResult[]): string[] {
  return groupBy(results.flatMap(scanOf), ({ before, after }) => `${before}\0${after}`).map(scanCommand)
}

function fingerprintLines(results: readonly HostResult[]): Paragraph[] {
  const width = Math.max(...results.map((result) => result.host.length))
  return results.map((result) => ({ asIs: `${result.host.padEnd(width)}  ${result.fingerprint ?? ''}` }))
}

function scanOf({ keyScan }: HostResult): KeyScan[] {
  return keyScan === undefined ? [] : [keyScan]
}

function scanCommand(scans: readonly [KeyScan, ...KeyScan[]]): string {
  const [{ before, after }] = scans
  return [before, ...scans.map((scan) => scan.host), after].join(' ')
}
