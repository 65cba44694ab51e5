import type { HostResult } from '../model/outcome.ts'
import type { Entry, Look, Paragraph } from './entry.ts'
import { groupBy } from './fold.ts'
import { outcomePaint } from './style.ts'

const SSH_PORT = 22

/** Many hosts whose keys nobody knows: one sentence, what each of them offers, and how to record them. */
export function unknownKeysEntry(results: readonly HostResult[], look: Look): Entry {
  return {
    label: 'unreachable',
    paint: outcomePaint('unreachable', look.colours),
    heading: `${results.length} hosts`,
    paragraphs: [
      'Their host keys are not in known_hosts, so nobody can tell whether these are the right machines; nothing was changed on them. They offered:',
      ...fingerprintLines(results),
      'Compare these with the machines themselves; then record the keys, or run again with --accept-new-host-keys:',
      ...groupBy(results, portOf).map(keyscanLine),
    ],
  }
}

function fingerprintLines(results: readonly HostResult[]): Paragraph[] {
  const width = Math.max(...results.map((result) => result.host.length))
  return results.map((result) => ({ asIs: `${result.host.padEnd(width)}  ${result.fingerprint ?? ''}` }))
}

function keyscanLine(results: readonly [HostResult, ...HostResult[]]): Paragraph {
  const port = portOf(results[0])
  const addresses = results.map((result) => result.address ?? result.host)
  const flag = port === String(SSH_PORT) ? '' : ` -p ${port}`
  return { asIs: `ssh-keyscan${flag} ${addresses.join(' ')} >> ~/.ssh/known_hosts` }
}

function portOf(result: HostResult): string {
  return String(result.port ?? SSH_PORT)
}
