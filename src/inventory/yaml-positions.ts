import { offsetKey, yamlOffsets } from './yaml-offsets.ts'

export interface Position {
  /** Both count from 1. */
  readonly line: number
  readonly column: number
}

interface Text {
  readonly source: string
}

interface Index {
  readonly offsets: ReadonlyMap<string, number>
  readonly lineStarts: readonly number[]
}

const indexes = new WeakMap<Text, Index>()

/**
 * Where a path stands in a document: at the key of a map, or at the item of a list. A part that came by an alias or a
 * merge has no place of its own; then its nearest parent's. Absent where the text has no such key at all. The first call
 * for a document parses it again, so only a failure should ask.
 */
export function positionOf(document: Text, path: readonly string[]): Position | undefined {
  const { offsets, lineStarts } = indexOf(document)
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsets.get(offsetKey(path.slice(0, length)))
    if (offset !== undefined) return positionAt(lineStarts, offset)
  }
  return undefined
}

/** Where an offset of the text stands, also of one that is no YAML. */
export function offsetPosition({ source }: Text, offset: number): Position {
  return positionAt(lineStartsOf(source), offset)
}

function indexOf(document: Text): Index {
  const known = indexes.get(document)
  if (known !== undefined) return known
  const index = { offsets: yamlOffsets(document.source), lineStarts: lineStartsOf(document.source) }
  indexes.set(document, index)
  return index
}

function lineStartsOf(source: string): readonly number[] {
  return [0, ...Array.from(source.matchAll(/\n/g), (match) => match.index + 1)]
}

/** By bisection: the last line that starts at or before the offset. */
function positionAt(lineStarts: readonly number[], offset: number): Position {
  let low = 0
  let high = lineStarts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((lineStarts[middle] ?? 0) <= offset) low = middle
    else high = middle
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 }
}
