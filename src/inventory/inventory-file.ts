import { extname } from 'node:path'
import { isDirectory } from './directory.ts'
import { failure } from './failure.ts'
import { readTextFile } from './text-file.ts'
import type { YamlDocument } from './yaml-document.ts'
import { parseYaml } from './yaml-document.ts'

const EXTENSIONS = ['', '.yml', '.yaml', '.json']
/** A line of its own such as `[mx:vars]`; no YAML inventory has one at its left edge. */
const INI_SECTION = /^\[[^\]\n,"']+\][ \t\r]*(?:[#;].*)?$/m
const CONVERSION = 'ansible-inventory -i FILE --list --yaml --export converts it'

/** Reads an Ansible inventory in YAML. Throws InputError for every other form that Ansible knows, before anything of it is used. */
export function readInventoryFile(file: string): YamlDocument {
  if (isDirectory(file)) {
    throw failure({ file, message: 'expected one inventory file in YAML, got a directory' })
  }
  if (!EXTENSIONS.includes(extname(file))) {
    throw failure({
      file,
      message: `expected an inventory in YAML (.yaml, .yml or .json), got "${extname(file)}"; ${CONVERSION}`,
    })
  }
  const source = readTextFile(file)
  refuseOtherForms(file, source)
  return parseInventory(file, source)
}

function refuseOtherForms(file: string, source: string): void {
  if (source.startsWith('#!')) {
    throw failure({ file, line: 1, message: `expected an inventory in YAML, got a script; ${CONVERSION}` })
  }
  if (source.startsWith('$ANSIBLE_VAULT;')) {
    throw failure({
      file,
      line: 1,
      message: 'expected an inventory in YAML, got one that ansible-vault encrypted',
    })
  }
}

function parseInventory(file: string, source: string): YamlDocument {
  try {
    const document = parseYaml(file, source)
    if (!(typeof document.value === 'string' || Array.isArray(document.value))) return document
  } catch (error) {
    if (!INI_SECTION.test(source)) throw error
  }
  throw failure({ file, message: `expected an inventory in YAML, got one in INI form; ${CONVERSION}` })
}
