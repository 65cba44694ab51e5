/** What a command does to live rules: `loads` replaces all by those of a file; `adds-sets`: for rules to name. */
export interface Deed {
  readonly does: 'loads' | 'flushes' | 'sets-policies' | 'adds-sets'
  /** The program, as it stands in the line. */
  readonly program: string
  /** The files that the command names. */
  readonly files: readonly string[]
}

/** What a line of a shell, a unit, a crontab or /etc/network/interfaces does to the rules of the table filter. */
export function deedsOf(line: string): readonly Deed[] {
  const isOfNft = /^#!.*\bnft\b/.test(line)
  const plain = line.replaceAll(/["'`]/g, ' ').replaceAll(/\$\{(\w+)\}/g, '$$$1')
  return isOfNft ? [] : plain.split(/[;&|(){}]|\$\(/).flatMap(deedOf)
}

const PROGRAM =
  /^[-@:+!]*(?:\/[\w/.-]*\/)?(ip6?tables|nft|netfilter-persistent|ipset)(-legacy|-nft)?(-restore)?$/
/** `$IPT`, `$IP6TABLES`: how scripts by hand call it. */
const VARIABLE = /^\$\w*(?:ipt|ip6t)\w*$/i
/** Words before a program that only talk about it. */
const TALKS =
  /^(?:echo|printf|logger|grep|which|type|hash|command|test|\[|\[\[|alias|ls|cat|man|apt-get|dnf)$/

function deedOf(command: string): readonly Deed[] {
  const words = command.split(/\s+/).filter((word) => word !== '')
  const at = words.findIndex((word) => VARIABLE.test(word) || PROGRAM.test(word.replace(/^Exec\w+=/, '')))
  if (at < 0 || words.slice(0, at).some((word) => TALKS.test(word))) return []
  const program = (words[at] ?? '').replace(/^Exec\w+=/, '').replace(/^[-@:+!]+/, '')
  const rest = words.slice(at + 1)
  const does = doneBy(program, rest)
  return does === undefined ? [] : [{ does, program, files: filesIn(rest) }]
}

function doneBy(program: string, words: readonly string[]): Deed['does'] | undefined {
  const name = program.slice(program.lastIndexOf('/') + 1)
  if (name === 'nft') return flushesByNft(words.join(' ')) ? 'flushes' : undefined
  if (name === 'netfilter-persistent') return words[0] === 'flush' ? 'flushes' : undefined
  if (name === 'ipset') return /^(?:create|restore|-N|-R|-!)$/.test(words[0] ?? '') ? 'adds-sets' : undefined
  if (isOfOtherTable(words)) return undefined
  if (name.endsWith('-restore')) return words.some(isHarmless) ? undefined : 'loads'
  const flush = words.findIndex((word) => word === '-F' || word === '--flush')
  if (flush >= 0) return isBuiltin(words[flush + 1]) ? 'flushes' : undefined
  return words.some((word) => word === '-P' || word === '--policy') ? 'sets-policies' : undefined
}

/** Whether nft empties what iptables-nft keeps. */
export function flushesByNft(words: string): boolean {
  return (
    /\bflush\s+ruleset\b(?!\s+(?:inet|arp|bridge|netdev)\b)/.test(words) ||
    /\b(?:flush|delete|destroy)\s+table\s+(?:ip6?\s+)?filter\b/.test(words)
  )
}

function isOfOtherTable(words: readonly string[]): boolean {
  const at = words.findIndex((word) => /^(?:-t|-T|--table)$/.test(word))
  const table = at < 0 ? undefined : words[at + 1]
  return table !== undefined && /^(?:nat|mangle|raw|security)$/.test(table)
}

/** It tests or translates, or adds to what is there. */
function isHarmless(word: string): boolean {
  return /^(?:-n|--noflush|-t|--test|-h|--help|-V|--version)$/.test(word)
}

/** `-F` without a chain is about all; another program's chain is its own affair. */
function isBuiltin(chain: string | undefined): boolean {
  return chain === undefined || !/^[A-Za-z]/.test(chain) || /^(?:INPUT|FORWARD|OUTPUT)$/.test(chain)
}

function filesIn(words: readonly string[]): readonly string[] {
  return words.map((word) => word.replace(/^\d?[<>]+/, '')).filter((word) => word.startsWith('/'))
}
