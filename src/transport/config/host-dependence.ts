import { isIPv4 } from 'node:net'
import type { Answer } from './ssh-g.ts'

/**
 * Whether ssh connects to this name as it is written, if its configuration says nothing else. It rewrites others: `127.1`,
 * `user@host`, `ssh://host`, capitals, most spellings of IPv6.
 */
export function isOwnHostName(name: string): boolean {
  return isIPv4(name) || (name.length <= 253 && /^[a-z]/.test(name) && DNS_NAME.test(name))
}

const DNS_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/** Whether ssh answered the same for two names, and that each is its own host name. */
export function answersAlike(
  one: { readonly name: string; readonly answer: Answer },
  other: { readonly name: string; readonly answer: Answer },
): boolean {
  return (
    [one, other].every(({ name, answer }) => answer.get('hostname')?.join('\n') === name) &&
    withoutNames(one.answer) === withoutNames(other.answer)
  )
}

function withoutNames(answer: Answer): string {
  return JSON.stringify([...answer].filter(([keyword]) => !NAMED.has(keyword)))
}

/** What names the host, and what nobody here reads although it often does. */
const NAMED: ReadonlySet<string> = new Set(['host', 'hostname', 'controlpath', 'remotecommand'])

/**
 * Whether what ssh's configuration says can differ between two host names. `texts` are all files that it read. If in doubt
 * it can: this only saves one process for each host.
 */
export function dependsOnName(texts: readonly string[], answer: Answer): boolean {
  const canonicalizes = answer.get('canonicalizehostname')?.[0] !== 'false'
  const filesWithTokens = [
    ...(answer.get('userknownhostsfile') ?? []),
    ...(answer.get('globalknownhostsfile') ?? []),
  ]
  return (
    canonicalizes ||
    filesWithTokens.some((file) => file.includes('%')) ||
    texts.some((text) => text.split('\n').some((line) => distinguishes(line)))
  )
}

function distinguishes(line: string): boolean {
  if (/^\s*(#|$)/.test(line)) return false
  const [, keyword = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? []
  switch (keyword.toLowerCase()) {
    // ssh also takes a keyword in quotes.
    case '':
      return true
    case 'host':
      return rest !== '*'
    case 'match':
      return rest.toLowerCase() !== 'all'
    default:
      return rest.includes('%') && !EXPANDED_LATER.has(keyword.toLowerCase())
  }
}

/** Options whose tokens `ssh -G` prints as they are, or that nobody here reads. */
const EXPANDED_LATER: ReadonlySet<string> = new Set([
  'certificatefile',
  'controlpath',
  'identityfile',
  'localcommand',
  'proxycommand',
  'remotecommand',
])
