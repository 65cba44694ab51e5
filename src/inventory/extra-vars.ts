import { failure } from './failure.ts'
import { shellWords } from './shell-words.ts'
import { shown } from './shown.ts'
import { isMap, settleTree, TreeFault } from './value-tree.ts'
import type { VariableSet } from './variable-set.ts'
import { parseYaml, readYamlFile } from './yaml-document.ts'

const FLAG = '--extra-vars'

/**
 * What one `-e` sets, as Ansible reads it: `key=value key2="a b"`, a YAML or JSON map, or `@FILE`. Values of the first
 * form are text. Throws InputError.
 */
export function readExtraVars(text: string): VariableSet {
  if (text.startsWith('@')) return mapSet(readYamlFile(text.slice(1)))
  if (/^[[{]/.test(text)) return mapSet(parseYaml(FLAG, text))
  if (/^[./]/.test(text)) {
    throw failure({ file: FLAG, message: `expected "@" before the name of a file, got ${shown(text)}` })
  }
  const values = settled(Object.fromEntries(assignments(text)))
  return {
    document: { file: FLAG, source: '', value: values },
    path: [],
    values: isMap(values) ? values : {},
  }
}

function settled(values: Readonly<Record<string, string>>): unknown {
  try {
    return settleTree(values)
  } catch (error) {
    if (!(error instanceof TreeFault)) throw error
    throw failure({ file: FLAG, message: error.message }, error)
  }
}

function mapSet(document: VariableSet['document']): VariableSet {
  const { file, value } = document
  if (!isMap(value)) throw failure({ file, message: `expected a map of variables, got ${shown(value)}` })
  return { document, path: [], values: value }
}

function assignments(text: string): readonly (readonly [string, string])[] {
  const words = shellWords(text)
  if (words === undefined)
    throw failure({ file: FLAG, message: 'expected key=value, got a quote that is not closed' })
  return words.map((word) => {
    const at = word.indexOf('=')
    if (at < 1) throw failure({ file: FLAG, message: `expected key=value, got ${shown(word)}` })
    return [word.slice(0, at), word.slice(at + 1)]
  })
}
