import { load, YAMLException } from 'js-yaml'
import type { InputError } from '../lib/input-error.ts'
import { failure } from './failure.ts'
import { readTextFile } from './text-file.ts'
import { settleTree } from './value-tree.ts'
import { ANSIBLE_SCHEMA } from './yaml-schema.ts'

/** A fleet may merge a common part into each of its hosts. */
const OPTIONS = { schema: ANSIBLE_SCHEMA, maxTotalMergeKeys: 1_000_000 }

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
  if (isEmpty(source)) return { file, source, value: undefined }
  try {
    return { file, source, value: settleTree(load(source, OPTIONS)) }
  } catch (error) {
    throw error instanceof YAMLException ? notYaml(file, source, error) : error
  }
}

/** Nothing but comments, blank lines and document markers. */
function isEmpty(source: string): boolean {
  return !/^(?![ \t\r]*(?:#|---[ \t\r]*(?:#|$)|\.\.\.[ \t\r]*$|$))/m.test(source)
}

/** The line itself is not shown, for it may hold a password; a key is. */
function notYaml(file: string, source: string, error: YAMLException): InputError {
  const { mark } = error
  if (mark === undefined) return failure({ file, message: `expected YAML: ${error.reason}` }, error)
  const [, key] =
    /^["']?([\w.-]{1,64})["']?[ \t]*:/.exec(source.slice(mark.position, mark.position + 80)) ?? []
  return failure(
    {
      file,
      line: mark.line + 1,
      column: mark.column + 1,
      message: `expected YAML: ${error.reason}${key === undefined ? '' : `, at "${key}"`}`,
    },
    error,
  )
}
