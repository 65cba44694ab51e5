import { accessSync, constants } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { listDirectory } from '../directory.ts'
import type { InventoryTree } from '../inventory-tree.ts'
import { suggestion } from '../nearest.ts'
import { Problems } from '../problems.ts'
import { isMeantAsSetting } from '../settings/meant-setting.ts'
import { shown } from '../shown.ts'
import { readTextFile } from '../text-file.ts'
import { VarsFiles } from '../vars-files.ts'

const EXTENSIONS = ['', '.yml', '.yaml', '.json', '.ini', '.cfg']

/**
 * Reports `mailfw_*` in files of group_vars and host_vars whose group or host is not in the inventory: a slip in the
 * name would leave that host without them. A name that another inventory of the directory may have is left alone.
 */
export function refuseStrayFiles(inventoryFile: string, tree: InventoryTree, problems: Problems): void {
  const kinds = [
    { what: 'group', directory: 'group_vars', names: tree.groups },
    { what: 'host', directory: 'host_vars', names: tree.hosts },
  ] as const
  let others: readonly string[] | 'any' | undefined
  for (const { what, directory, names } of kinds) {
    // What else is wrong with a file that nothing reads is of no account.
    const files = new VarsFiles(inventoryFile, directory, new Problems())
    for (const name of files.strayNames(new Set(names.keys()))) {
      const settings = files.setsOf(name).flatMap(({ document, values }) => {
        const key = Object.keys(values).find(isMeantAsSetting)
        return key === undefined ? [] : [{ document, key }]
      })
      if (settings.length === 0) continue
      others ??= otherInventories(inventoryFile)
      if (others === 'any' || others.some((text) => mayName(text, name))) continue
      for (const { document, key } of settings) {
        const meant = suggestion(name, names.keys())
        const message = `expected a ${what} of the inventory, got ${shown(name)}: nothing reads this file${meant}`
        problems.at(document, [key], message)
      }
    }
  }
}

/** As a word, or by a range such as `mx[01:20]`. */
function mayName(text: string, name: string): boolean {
  const escaped = name.replaceAll(/[^\w-]/g, '\\$&')
  return new RegExp(`(?<![\\w.-])${escaped}(?![\\w.-])|\\[\\w+:\\w+(?::\\d+)?\\]`).test(text)
}

/** The texts beside the inventory, or `any` if one of them is a program or the configuration of a plugin. */
function otherInventories(inventoryFile: string): readonly string[] | 'any' {
  const directory = dirname(inventoryFile)
  const files = listDirectory(directory)
    .filter((entry) => entry.isFile() && entry.name !== basename(inventoryFile))
    .map(({ name }) => join(directory, name))
  if (files.some((file) => isProgram(file))) return 'any'
  const texts = files.filter((file) => EXTENSIONS.includes(extname(file))).map(textOf)
  return texts.some((text) => /^plugin:/m.test(text)) ? 'any' : texts
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What cannot be read names nobody. */
function textOf(file: string): string {
  try {
    return readTextFile(file)
  } catch {
    return ''
  }
}
