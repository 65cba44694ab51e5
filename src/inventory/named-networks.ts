import type { Network } from '../model/network.ts'
import type { Tell } from './service-list.ts'
import type { Setting } from './setting-reader.ts'
import { parsed } from './setting-reader.ts'
import { NETWORK_SCHEMA } from './setting-schema.ts'
import { shown } from './shown.ts'
import type { SourceNames } from './sources.ts'
import { resolveSources } from './sources.ts'

const MOST_NAMES = 1_000
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/

/** The entries of `mailfw_networks`, names inside them looked up. A wrong entry is reported and empty. */
export function namedNetworks(
  setting: Setting<'mailfw_networks'>,
  group: SourceNames['group'],
  tell: Tell,
): ReadonlyMap<string, readonly Network[]> {
  const { value } = setting
  const count = Object.keys(value).length
  if (count > MOST_NAMES) {
    tell([], `expected at most ${MOST_NAMES} names of networks, got ${count}`)
    return new Map()
  }
  const lists = new Map<string, readonly string[]>()
  for (const [name, written] of Object.entries(value)) {
    if (written === null) continue
    if (!NAME.test(name) || name === 'any') {
      tell([name], `expected a name of letters, digits, "_", "-" and ".", and not "any", got ${shown(name)}`)
    }
    lists.set(
      name,
      parsed(NETWORK_SCHEMA, written, (path, message) => {
        tell([name, ...path], message)
      }) ?? [],
    )
    if (Array.isArray(written) && written.length === 0)
      tell([name], 'expected at least one network, got an empty list')
  }
  return resolveNames(lists, group, tell)
}

/** A name inside an entry is resolved before the entry; one that comes back to itself is a circle. */
function resolveNames(
  lists: ReadonlyMap<string, readonly string[]>,
  group: SourceNames['group'],
  tell: Tell,
): ReadonlyMap<string, readonly Network[]> {
  const resolved = new Map<string, readonly Network[]>()
  const open = new Set<string>()
  const resolve = (name: string, list: readonly string[]): void => {
    open.add(name)
    for (const [index, text] of list.entries()) {
      const inner = lists.get(text)
      if (inner === undefined || resolved.has(text)) continue
      if (!open.has(text)) resolve(text, inner)
      else tell([name, String(index)], `expected networks, got "${text}", which contains itself`)
    }
    open.delete(name)
    const known = new Map([...[...open, name].map((outer) => [outer, []] as const), ...resolved])
    resolved.set(
      name,
      resolveSources(list, { networks: known, group }, (index, ...fault) => {
        tell([name, String(index)], ...fault)
      }),
    )
  }
  for (const [name, list] of lists) if (!resolved.has(name)) resolve(name, list)
  return resolved
}
