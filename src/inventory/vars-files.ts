import type { Dirent } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { isDirectory, listDirectory } from './directory.ts'
import { compareText } from './group-order.ts'
import type { Problems } from './problems.ts'
import { failure } from './failure.ts'
import { shown } from './shown.ts'
import { readTextFile } from './text-file.ts'
import { isMap } from './value-tree.ts'
import type { VariableSet } from './variable-set.ts'
import { parseYaml } from './yaml-document.ts'

/** Of all files of one kind together. */
const MOST_CHARACTERS = 16 * 1024 * 1024

const EXTENSIONS = ['', '.yml', '.yaml', '.json']
const VAULT_HEADER = '$ANSIBLE_VAULT;'

/** The files of `group_vars` or `host_vars` beside an inventory. Each is read when it is first asked for. */
export class VarsFiles {
  readonly #directory: string
  readonly #entries: ReadonlySet<string>
  readonly #problems: Problems
  #characters = 0
  readonly #sets = new Map<string, readonly VariableSet[]>()
  /** Files that are encrypted as a whole: Ansible could read them, we leave them. */
  readonly encrypted: string[] = []

  constructor(inventoryFile: string, kind: 'group_vars' | 'host_vars', problems: Problems) {
    this.#directory = join(dirname(inventoryFile), kind)
    this.#entries = new Set(entriesOf(this.#directory, problems))
    this.#problems = problems
  }

  /** All that was read so far. */
  get sets(): readonly VariableSet[] {
    return [...this.#sets.values()].flat()
  }

  /** The variables of one group or host, the weakest file first: NAME, a directory or a file, else NAME with an extension. */
  setsOf(name: string): readonly VariableSet[] {
    const known = this.#sets.get(name) ?? this.#find(name)
    this.#sets.set(name, known)
    return known
  }

  /** Names that files are for and that are none of the known ones. */
  strayNames(known: ReadonlySet<string>): readonly string[] {
    const names = [...this.#entries]
      .filter((entry) => !entry.startsWith('.') && !entry.endsWith('~') && !known.has(entry))
      .map((entry) => (EXTENSIONS.includes(extname(entry)) ? withoutExtension(entry) : entry))
    return [...new Set(names)].filter((name) => !known.has(name)).toSorted(compareText)
  }

  #find(name: string): readonly VariableSet[] {
    const entry = EXTENSIONS.map((extension) => name + extension).find((file) => this.#entries.has(file))
    if (entry === undefined) return []
    const path = join(this.#directory, entry)
    const files = this.#problems.attempt(() => (isDirectory(path) ? filesIn(path) : [path])) ?? []
    return files.flatMap((file) => this.#problems.attempt(() => this.#read(file)) ?? [])
  }

  /** Those that come after so many are not read. */
  #count(source: string): void {
    this.#characters += source.length
    if (this.#characters <= MOST_CHARACTERS) return
    const message = `expected files of at most ${MOST_CHARACTERS} characters in all, got more`
    throw failure({ file: this.#directory, message })
  }

  #read(file: string): readonly VariableSet[] {
    if (this.#characters > MOST_CHARACTERS) return []
    const source = readTextFile(file)
    this.#count(source)
    if (source.startsWith(VAULT_HEADER)) {
      this.encrypted.push(file)
      return []
    }
    const document = parseYaml(file, source)
    const { value } = document
    if (isMap(value)) return [{ document, path: [], values: value }]
    if (value !== undefined && value !== null) {
      this.#problems.at(document, [], `expected a map of variables, got ${shown(value)}`)
    }
    return []
  }
}

function withoutExtension(entry: string): string {
  const extension = extname(entry)
  return extension === '' ? entry : entry.slice(0, -extension.length)
}

function entriesOf(directory: string, problems: Problems): readonly string[] {
  const entries = problems.attempt(() => (isDirectory(directory) ? listDirectory(directory) : []))
  return (entries ?? []).map(({ name }) => name)
}

/** As Ansible: sorted by name, without hidden files, backups and other extensions; directories with an extension are left out. */
function filesIn(directory: string): readonly string[] {
  return listDirectory(directory)
    .filter(({ name }) => !name.startsWith('.') && !name.endsWith('~'))
    .toSorted((a, b) => compareText(a.name, b.name))
    .flatMap((entry) => filesOf(entry, join(directory, entry.name)))
}

function filesOf(entry: Dirent, path: string): readonly string[] {
  const extension = extname(entry.name)
  if (isDirectory(path)) return extension === '' ? filesIn(path) : []
  return EXTENSIONS.includes(extension) ? [path] : []
}
