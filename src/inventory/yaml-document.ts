import { load, YAMLException } from 'js-yaml'
import type { InputError } from '../lib/input-error.ts'
import { failure } from './failure.ts'
import { readTextFile } from './text-file.ts'
import { settleTree, TreeFault } from './value-tree.ts'
import { slipIn } from './yaml/slips.ts'
import { complexKeyOffset } from './yaml-offsets.ts'
import { offsetPosition, positionOf } from './yaml-positions.ts'
import { ANSIBLE_SCHEMA } from './yaml-schema.ts'

/** A fleet may merge a common part into each of its hosts. */
const OPTIONS = { schema: ANSIBLE_SCHEMA, maxTotalMergeKeys: 1_000_000 }

/** No value is written without one of these beside it; what stands in comments and texts counts, too. */
const NOT_INDICATORS = /[^,:[{\n]+/g
const MOST_INDICATORS = 500_000

/** One parsed YAML text; `source` is kept to find the line of a problem. */
export interface YamlDocument {
  /** As the user named it, for messages. */
  readonly file: string
  readonly source: string
  /** Maps, lists, scalars and `Opaque`; `undefined` where the text is empty. */
  readonly value: unknown
}

/** Throws InputError, with line and column, where the file is no YAML or expands beyond all bounds. */
export function readYamlFile(file: string): YamlDocument {
  return parseYaml(file, readTextFile(file))
}

/** The same for a text that is already here. */
export function parseYaml(file: string, source: string): YamlDocument {
  refuseMany(file, source)
  if (isEmpty(source)) return { file, source, value: undefined }
  try {
    return { file, source, value: settleTree(load(source, OPTIONS)) }
  } catch (error) {
    if (error instanceof TreeFault) throw atPart(file, source, error)
    throw error instanceof YAMLException ? notYaml(file, source, error) : error
  }
}

/** Before they are parsed, which takes a hundred times the size of a text that is nothing but values. */
function refuseMany(file: string, source: string): void {
  if (source.length < MOST_INDICATORS) return
  if (source.replaceAll(NOT_INDICATORS, '').length > MOST_INDICATORS)
    throw failure({ file, message: `expected at most ${MOST_INDICATORS} keys and values, got more` })
}

/** Nothing but comments, blank lines and document markers. */
function isEmpty(source: string): boolean {
  return !/^(?![ \t\r]*(?:#|---[ \t\r]*(?:#|$)|\.\.\.[ \t\r]*$|$))/m.test(source)
}

function atPart(file: string, source: string, { path, message }: TreeFault): InputError {
  return failure({ file, ...positionOf({ source }, path), message })
}

/** The line itself is not shown, for it may hold a password; a key is. */
function notYaml(file: string, source: string, error: YAMLException): InputError {
  const position = placeOfError(source, error)
  const slip = slipIn(source, position ?? source.length)
  if (slip !== undefined)
    return failure({ file, ...offsetPosition({ source }, slip.at), message: slip.message }, error)
  if (position === undefined) return failure({ file, message: `expected YAML: ${reasonOf(error)}` }, error)
  const [, key] = /^["']?([\w.-]{1,64})["']?[ \t]*:/.exec(source.slice(position, position + 80)) ?? []
  const message = `expected YAML: ${reasonOf(error)}${key === undefined ? '' : `, at "${key}"`}`
  return failure({ file, ...offsetPosition({ source }, position), message }, error)
}

/** The parser tells of a list or map that is a key when it has read all. */
function placeOfError(source: string, { reason, mark }: YAMLException): number | undefined {
  return (/complex keys/.test(reason) ? complexKeyOffset(source) : undefined) ?? mark?.position
}

/** The parser's own words for what it bounds are those of its options. */
function reasonOf({ reason }: YAMLException): string {
  const [, ours = reason] = REASONS.find(([theirs]) => theirs.test(reason)) ?? []
  return ours
}

const REASONS: readonly (readonly [theirs: RegExp, ours: string])[] = [
  [/maxDepth/, 'values nest deeper than 100 levels'],
  [/maxTotalMergeKeys/, 'merge keys copy more than 1000000 values'],
  [/complex keys/, 'a key is a list or a map'],
]
