import { failure } from './failure.ts'
import { splitPort } from './host-pattern.ts'
import type { HostEntry, InventoryTree } from './inventory-tree.ts'
import { membersOf } from './inventory-tree.ts'
import { namesMatching, SlowPattern } from './name-match.ts'
import { suggestion } from './nearest.ts'
import { shown } from './shown.ts'
import { readTextFile } from './text-file.ts'

const FLAG = '--limit'
const SUBSCRIPT = /^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$/s

/** What a pattern selects. */
export interface Selected {
  readonly hosts: ReadonlySet<HostEntry>
  /** The patterns in it that name neither a host nor a group, without a sign before them. */
  readonly unknown: readonly string[]
}

/**
 * The hosts that an Ansible host pattern selects: names, groups, globs, `~regex`, `a:b`, `a,b`, `&x`, `!x`, `group[0]`,
 * `group[0:2]`, `@FILE` with a pattern a line. Throws InputError where it selects nothing.
 */
export function selectHosts(tree: InventoryTree, limit: string): Selected {
  const patterns = splitPatterns(limit).flatMap((pattern) =>
    pattern.startsWith('@') ? linesOf(pattern.slice(1)) : [pattern],
  )
  const terms = patterns.map((pattern) => termOf(tree, pattern))
  const hosts = evaluate(tree, terms)
  const unknown = terms.flatMap((term) => (isUnknown(tree, term) ? [term.name] : []))
  if (hosts.size === 0) {
    const meant = nameSuggestion(tree, unknown[0] ?? limit)
    throw failure({
      file: FLAG,
      message: `expected a pattern that matches a host, got ${shown(limit)}${meant}`,
    })
  }
  return { hosts, unknown }
}

/** `; did you mean "mx1"?`, or nothing. */
export function nameSuggestion(tree: InventoryTree, name: string): string {
  return suggestion(name, [...tree.hosts.keys(), ...tree.groups.keys()])
}

/** A comma always separates; a colon does where the whole is no address, name or range. */
function splitPatterns(text: string): readonly string[] {
  if (text.includes(',')) return trimmed(text.split(','))
  if (splitPort(text) !== undefined) return [text]
  if (/[[\]]/.test(text.replaceAll(/\[[^\]]*\]/g, ''))) throw noPattern(text)
  return trimmed(text.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? [])
}

/** An empty file is no limit to Ansible, which would then take all hosts. */
function linesOf(file: string): readonly string[] {
  const lines = trimmed(readTextFile(file).split('\n'))
  if (lines.length > 0) return lines
  throw failure({ file, message: 'expected a host or a pattern a line, got none: it names no host' })
}

function trimmed(texts: readonly string[]): readonly string[] {
  return texts.map((text) => text.trim()).filter((text) => text !== '')
}

interface Term {
  readonly sign: '' | '&' | '!'
  readonly name: string
  readonly hosts: readonly HostEntry[]
}

function termOf(tree: InventoryTree, pattern: string): Term {
  const sign = pattern.startsWith('&') ? '&' : pattern.startsWith('!') ? '!' : ''
  const name = pattern.slice(sign.length)
  return { sign, name, hosts: matches(tree, name) }
}

/** First what adds, then `&`, then `!`, whatever order they were written in. */
function evaluate(tree: InventoryTree, terms: readonly Term[]): ReadonlySet<HostEntry> {
  const hostsOf = (sign: Term['sign']) => terms.filter((term) => term.sign === sign).map(({ hosts }) => hosts)
  const isOnlyNarrowing = terms.length > 0 && terms.every(({ sign }) => sign !== '')
  let selected = new Set(isOnlyNarrowing ? membersOf(tree.all) : hostsOf('').flat())
  for (const hosts of hostsOf('&')) {
    const kept = new Set(hosts)
    selected = new Set([...selected].filter((host) => kept.has(host)))
  }
  for (const host of hostsOf('!').flat()) selected.delete(host)
  return selected
}

/** A group may be empty. */
function isUnknown(tree: InventoryTree, { name, hosts }: Term): boolean {
  if (hosts.length > 0) return false
  return matching(name, [...tree.groups.keys()]).size === 0
}

function matches(tree: InventoryTree, pattern: string): readonly HostEntry[] {
  const exact = tree.hosts.get(pattern)
  if (exact !== undefined) return [exact]
  const [, before, index, first, last] = pattern.startsWith('~') ? [] : (SUBSCRIPT.exec(pattern) ?? [])
  if (before === undefined) return enumerate(tree, pattern)
  const found = enumerate(tree, before)
  if (first === undefined) return single(found, Number(index), pattern)
  // Ansible takes an end of 0 for no end: group[0:0] is group[0].
  if (last !== undefined && Number(last) === 0 && last !== '') return single(found, Number(first), pattern)
  return found.slice(Number(first), last === undefined || last === '' ? undefined : Number(last) + 1)
}

function single(found: readonly HostEntry[], index: number, pattern: string): readonly HostEntry[] {
  if (found.length === 0) return []
  const host = found.at(index)
  if (host !== undefined) return [host]
  throw failure({
    file: FLAG,
    message: `expected an index within the ${found.length} hosts that match, got ${shown(pattern)}`,
  })
}

/** Groups of that name give their hosts; hosts are looked at too where no group matched or the name may be a host's. */
function enumerate(tree: InventoryTree, pattern: string): readonly HostEntry[] {
  const names = matching(pattern, [...tree.groups.keys(), ...tree.hosts.keys()])
  const groups = [...tree.groups.values()].filter(({ name }) => names.has(name))
  const found = groups.flatMap((group) => membersOf(group))
  if (groups.length > 0 && !/^~|[.?*[]/.test(pattern)) return found
  return [...found, ...[...tree.hosts.values()].filter(({ name }) => names.has(name))]
}

/** An empty expression would match every host. */
function matching(pattern: string, names: readonly string[]): ReadonlySet<string> {
  if (pattern === '~' || pattern === '') throw noPattern(pattern)
  try {
    return namesMatching(pattern, names)
  } catch (error) {
    if (error instanceof SlowPattern) {
      throw failure({ file: FLAG, message: `${error.message}, got ${shown(pattern)}` }, error)
    }
    if (!(error instanceof SyntaxError)) throw error
    throw noPattern(pattern, error)
  }
}

function noPattern(pattern: string, cause?: unknown): Error {
  return failure({ file: FLAG, message: `expected a host pattern, got ${shown(pattern)}` }, cause)
}
