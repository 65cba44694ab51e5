import { ANCHORS } from './ansible/unused-groups.ts'
import { failure } from './failure.ts'
import { expandRanges, splitPort } from './host-pattern.ts'
import type { Group } from './inventory-tree.ts'
import { InventoryTree } from './inventory-tree.ts'
import { suggestion } from './nearest.ts'
import type { Problems } from './problems.ts'
import { isMeantAsSetting } from './settings/meant-setting.ts'
import { shown } from './shown.ts'
import type { YamlMap } from './value-tree.ts'
import { isMap } from './value-tree.ts'
import type { VariableSet } from './variable-set.ts'
import type { YamlDocument } from './yaml-document.ts'

type Path = readonly string[]

/** A pattern is a few characters and may stand for thousands. */
const MOST_HOSTS = 10_000
const MOST_NAMES = 100_000

const SECTIONS = ['vars', 'children', 'hosts']
/** Groups and hosts of an inventory file, as Ansible's yaml plugin reads them; what it would skip with a warning is skipped, save where it is ours or looks misspelt. */
export function readTree(document: YamlDocument, problems: Problems): InventoryTree {
  const reader = new TreeReader(document, problems)
  reader.readRoot()
  return reader.tree
}

class TreeReader {
  readonly tree = new InventoryTree()
  readonly #document: YamlDocument
  readonly #problems: Problems
  #names = 0

  constructor(document: YamlDocument, problems: Problems) {
    this.#document = document
    this.#problems = problems
  }

  readRoot(): void {
    const { value } = this.#document
    if (!isMap(value)) {
      this.#problem([], `expected groups with their hosts, got ${shown(value)}`)
      return
    }
    if (isMap(value['_meta']) && 'hostvars' in value['_meta']) {
      this.#problem(
        ['_meta'],
        'expected groups with their hosts, got the JSON of ansible-inventory --list; take what ansible-inventory -i SOURCE --list --yaml --export prints',
      )
      return
    }
    if (isTruthy(value['plugin'])) {
      this.#problem(
        ['plugin'],
        'expected groups with their hosts, got the configuration of an inventory plugin',
      )
      return
    }
    for (const [name, content] of Object.entries(value)) {
      if (isMeantAsSetting(name))
        this.#problem([name], 'expected a group, got a variable: it belongs under the vars of a group')
      else if (isMap(content) || content === null)
        this.tree.topmost.add(this.#readGroup(name, content, [name]))
    }
    this.tree.settle()
  }

  #readGroup(name: string, content: YamlMap | null, path: Path): Group {
    const group = this.tree.group(name)
    for (const [key, section] of Object.entries(content ?? {})) {
      const at = [...path, key]
      if (key === 'vars') this.#readVars(group, this.#section(section, at), at)
      else if (key === 'children') this.#readChildren(group, this.#section(section, at), at)
      else if (key === 'hosts') this.#readHosts(group, this.#section(section, at), at)
      else if (!ANCHORS.test(name)) this.#refuseMisplaced(key, at)
    }
    return group
  }

  /** A section may be left empty, or be the name of its only member. */
  #section(value: unknown, path: Path): YamlMap {
    if (isMap(value)) return value
    if (typeof value === 'string') return { [value]: null }
    const example = path.at(-1) === 'vars' ? '' : ', each name with a colon behind it'
    if (value !== null) this.#problem(path, `expected a map${example}, got ${shown(value)}`)
    return {}
  }

  #readVars(group: Group, vars: YamlMap, path: Path): void {
    const { ansible_group_priority: priority, ...values } = vars
    if (priority !== undefined) this.#readPriority(group, priority, path)
    group.sets.push(this.#set(values, path))
  }

  #readPriority(group: Group, priority: unknown, path: Path): void {
    if (/^[+-]?[0-9]{1,15}$/.test(String(priority))) group.priority = Number(priority)
    else this.#problem([...path, 'ansible_group_priority'], `expected a whole number, got ${shown(priority)}`)
  }

  #readChildren(group: Group, children: YamlMap, path: Path): void {
    for (const [name, content] of Object.entries(children)) {
      const at = [...path, name]
      if (isMap(content) || content === null) this.tree.nest(group, this.#readGroup(name, content, at))
      else this.#problem(at, `expected a group, which is a map or empty, got ${shown(content)}`)
    }
  }

  #readHosts(group: Group, hosts: YamlMap, path: Path): void {
    for (const [pattern, content] of Object.entries(hosts)) {
      const at = [...path, pattern]
      if (isTruthy(content) && !isMap(content)) {
        this.#problem(at, `expected the host's variables, which is a map or empty, got ${shown(content)}`)
      } else {
        this.#readHost(group, pattern, isMap(content) ? content : {}, at)
      }
    }
  }

  #readHost(group: Group, pattern: string, values: YamlMap, path: Path): void {
    const { address, port } = splitPort(pattern) ?? { address: pattern }
    const set = this.#set(values, path)
    for (const name of this.#namesOf(address, path)) {
      const isNew = !this.tree.hosts.has(name)
      const host = this.tree.host(name, set)
      this.tree.list(group, host)
      // Ansible takes the port from where it met the host first, and gives a host's variables to a group of the same name.
      if (isNew && port !== undefined) host.sets.push(this.#set({ ansible_port: port }, path))
      if (Object.keys(values).length > 0) (this.tree.groups.get(name) ?? host).sets.push(set)
    }
  }

  #namesOf(pattern: string, path: Path): readonly string[] {
    try {
      const names = expandRanges(pattern)
      this.#count(names.length)
      return names
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#problem(path, error.message)
      return []
    }
  }

  /** Before they are made: throws InputError, for each host more costs time and memory. */
  #count(names: number): void {
    this.#names += names
    if (this.tree.hosts.size <= MOST_HOSTS && this.#names <= MOST_NAMES) return
    const { file } = this.#document
    throw failure({ file, message: `expected at most ${MOST_HOSTS} hosts, got more` })
  }

  #refuseMisplaced(key: string, path: Path): void {
    const meant = suggestion(key, SECTIONS)
    if (isMeantAsSetting(key))
      this.#problem(path, 'expected vars, children or hosts, got a variable: it belongs under vars')
    else if (meant !== '') this.#problem(path, `expected vars, children or hosts, got "${key}"${meant}`)
  }

  #set(values: YamlMap, path: Path): VariableSet {
    return { document: this.#document, path, values }
  }

  #problem(path: Path, message: string): void {
    this.#problems.at(this.#document, path, message)
  }
}

/** Python's truth: empty is false. */
function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}
