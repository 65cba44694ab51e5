import { printable } from '../../lib/printable.ts'
import type { SettingReader } from '../setting-reader.ts'
import type { SourceNames } from '../sources.ts'
import type { Variable } from '../variable-set.ts'

/** A place that names a network which the hosts of `names` do not know. */
interface Use {
  readonly variable: Variable
  readonly path: readonly string[]
  readonly message: string
  readonly names: SourceNames
}

/** Names of networks that were not found: of one that other hosts know it is told which hosts lack it. */
export class UnknownNetworks {
  readonly #hosts = new Map<SourceNames, string[]>()
  readonly #uses = new Map<string, Use[]>()

  /** A host that knows these names. */
  has(names: SourceNames, host: string): void {
    const hosts = this.#hosts.get(names) ?? []
    this.#hosts.set(names, hosts)
    hosts.push(host)
  }

  add(name: string, use: Use): void {
    const uses = this.#uses.get(name) ?? []
    this.#uses.set(name, uses)
    uses.push(use)
  }

  report(reader: SettingReader): void {
    for (const [name, uses] of this.#uses) {
      const isKnown = [...this.#hosts.keys()].some(({ networks }) => networks.has(name))
      const lacking = [...new Set(uses.flatMap(({ names }) => this.#hosts.get(names) ?? []))]
      const more = isKnown ? `; ${someHosts(lacking)} no mailfw_networks of that name, other hosts have` : ''
      for (const { variable, path, message } of uses) reader.problem(variable, path, `${message}${more}`)
    }
  }
}

function someHosts(hosts: readonly string[]): string {
  const told = hosts.slice(0, 3).map((host) => printable(host, { most: 80 }))
  const more = hosts.length - told.length
  return `${told.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${hosts.length === 1 ? 'has' : 'have'}`
}
