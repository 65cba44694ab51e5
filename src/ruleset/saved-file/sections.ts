import { parseRuleset } from '../parse.ts'

/** A saved file by its sections, as host.sh splits it too. */
export interface SavedSections {
  /** The tables that mailfw names: what is compared, and written. */
  readonly own: string
  /** The sections of other tables by name, each with the comments before it; of one that stands there twice, both. */
  readonly others: ReadonlyMap<string, string>
}

/** Why a file cannot be taken apart: it is not whole sections only. */
export interface Unsplit {
  /** 1-based. */
  readonly line: number
  readonly text: string
  /** A table that is not ours, which it seems to hold. */
  readonly table: string | undefined
}

/** `own`: names of tables. */
export function splitSaved(text: string, own: ReadonlySet<string>): SavedSections | Unsplit {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const parts = new Map<string, string[]>()
  let heads: string[] = []
  let table: string | undefined
  let isInside = false
  const put = (name: string, ...more: readonly string[]): void => {
    const part = parts.get(name) ?? []
    parts.set(name, part)
    for (const line of more) part.push(`${line}\n`)
  }
  const unsplit = (index: number): Unsplit => ({
    line: index + 1,
    text: lines[index] ?? '',
    table: otherTable(lines, own),
  })
  for (const [index, line] of lines.entries()) {
    const name = HEADER.exec(line)?.[1]
    if (isInside && table !== undefined) {
      put(table, line)
      if (line.startsWith('*')) return unsplit(index)
      isInside = line !== 'COMMIT'
    } else if (name !== undefined) {
      put(name, ...heads, line)
      heads = []
      table = name
      isInside = true
    } else if (line.startsWith('# Completed on ') && table !== undefined && heads.length === 0)
      put(table, line)
    else if (line === '' || line.startsWith('#')) heads.push(line)
    else return unsplit(index)
  }
  if (isInside) return unsplit(lines.length)
  if (table !== undefined) put(table, ...heads)
  return {
    own: [...parts].flatMap(([name, part]) => (own.has(name) ? part : [])).join(''),
    others: new Map(
      [...parts].filter(([name]) => !own.has(name)).map(([name, part]) => [name, part.join('')]),
    ),
  }
}

/** The tables whose sections mailfw writes: those that wanted or our last generation names. */
export function tablesOfOurs(wanted: string, former: string): ReadonlySet<string> {
  return new Set([wanted, former].flatMap((text) => parseRuleset(text).map(({ name }) => name)))
}

/** What is compared of a saved file: all of one that cannot be taken apart. */
export function ownPart(text: string, own: ReadonlySet<string>): string {
  const split = splitSaved(text, own)
  return 'own' in split ? split.own : text
}

const HEADER = /^\*([a-z]+)[ \t]*$/

/** Names the first table that is not ours, in whatever way its header is spelled. */
function otherTable(lines: readonly string[], own: ReadonlySet<string>): string | undefined {
  return lines
    .map((line) => /^\s*\*\s*(\w+)/.exec(line)?.[1])
    .find((name) => name !== undefined && !own.has(name))
}
