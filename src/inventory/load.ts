import type { Host, ReachedHost } from '../model/host.ts'
import type { Rollout } from '../model/rollout.ts'
import type { Shard } from '../model/shard.ts'
import { isInShard } from '../model/shard.ts'
import { readExtraVars } from './extra-vars.ts'
import { unusedGroups } from './ansible/unused-groups.ts'
import { refuseStrayFiles } from './ansible/stray-files.ts'
import { failure } from './failure.ts'
import { EmptyValues } from './settings/empty-values.ts'
import { GroupAddresses } from './group-networks.ts'
import { groupOrder } from './group-order.ts'
import { HostFinisher } from './host-finisher.ts'
import { HostVariables } from './host-variables.ts'
import { readInventoryFile } from './inventory-file.ts'
import type { HostEntry, InventoryTree } from './inventory-tree.ts'
import { membersOf } from './inventory-tree.ts'
import type { Selected } from './limit.ts'
import { nameSuggestion, selectHosts } from './limit.ts'
import type { LoginDefaults } from './login-reader.ts'
import { readLogin } from './login-reader.ts'
import { membershipOf } from './membership.ts'
import { Problems } from './problems.ts'
import { rolloutOf } from './rollout.ts'
import { refuseUnknownSettings, SettingReader } from './setting-reader.ts'
import { SettingsFinisher } from './settings.ts'
import { SourcesReader } from './sources-reader.ts'
import { readTree } from './tree-reader.ts'
import type { Variables, VariableSet } from './variable-set.ts'
import { VarsFiles } from './vars-files.ts'

/** Of a file of names that has become old. */
const MOST_UNKNOWN = 10

/** A selected host that is none of mailfw's business. */
export interface LeftOut {
  readonly name: string
  readonly why: 'no-services' | 'local'
}

export interface Inventory {
  /** The selected hosts that are mailfw's, in the order of the inventory. Empty only without a limit, or in a shard. */
  readonly hosts: readonly Host[]
  /** Those that were not selected, too, and those that ssh reaches and that are not mailfw's. */
  readonly all: readonly ReachedHost[]
  /** How many there are of them in all shards. */
  readonly inAllShards: number
  readonly leftOut: readonly LeftOut[]
  /** Files of variables that ansible-vault encrypted as a whole; what they set is unknown here. */
  readonly encryptedFiles: readonly string[]
  readonly rollout: Rollout
  /** What the limit names beside hosts and groups: a sentence each, of the first ones. */
  readonly unknownNames: readonly string[]
  /** Groups that set `mailfw_*` and have no host: a sentence each. */
  readonly unusedGroups: readonly string[]
}

export interface LoadOptions {
  /** An Ansible host pattern. */
  readonly limit?: string
  /** Of what the limit selects, this part alone. */
  readonly shard?: Shard
  /** What each `-e` gave: `key=value`, a YAML or JSON map, `@FILE`. Stronger than all other variables. */
  readonly extraVars?: readonly string[]
  readonly login: LoginDefaults
}

/**
 * Reads an Ansible inventory in YAML with the group_vars and host_vars beside it, and finishes the hosts that are
 * mailfw's. Rejects with InputError that carries all problems of all files, those of hosts outside the limit too, for
 * the inventory is one contract; and where the limit selects no host of ours.
 */
export function loadInventory(path: string, options: LoadOptions): Promise<Inventory> {
  return Promise.resolve(path).then((file) => load(file, options))
}

function load(file: string, options: LoadOptions): Inventory {
  const problems = new Problems()
  const tree = readTree(readInventoryFile(file), problems)
  const sources = variableSources(file, tree, options.extraVars ?? [], problems)
  const variables = new HostVariables(sources)
  const { selected, unknown } = selection(tree, options.limit, problems)
  const { shard } = options
  const part = shard === undefined ? selected : selected.filter(({ name }) => isInShard(name, shard))
  const contacted = new Set(options.login.offline === true ? [] : part)
  const reader = new SettingReader(problems)
  const finished = finishHosts(file, tree, variables, options.login, reader, contacted)
  const sets = allSets(tree, sources)
  refuseEmptyValues(finished, variables, problems)
  const rollout = rolloutOf({ tree, sets, ...sources }, reader)
  refuseUnknownSettings(sets, problems)
  refuseStrayFiles(file, tree, problems)
  problems.throwIfAny()
  const whole = split(selected, finished)
  if (options.limit !== undefined && whole.hosts.length === 0) throw noneOfOurs(options.limit, whole.leftOut)
  return {
    ...split(part, finished),
    all: [...finished].flatMap(([entry, host]) => reachedHost(host, variables.of(entry), options.login)),
    inAllShards: whole.hosts.length,
    unknownNames: unknownTexts(tree, unknown),
    unusedGroups: unusedGroups(tree),
    rollout,
    encryptedFiles: [...sources.groupFiles.encrypted, ...sources.hostFiles.encrypted],
  }
}

function variableSources(
  file: string,
  tree: InventoryTree,
  extraVars: readonly string[],
  problems: Problems,
) {
  const order = groupOrder(tree)
  if ('circle' in order) {
    problems.add({
      file,
      message: `expected groups without circles, got "${order.circle}", which contains itself`,
    })
    problems.throwIfAny()
  }
  return {
    order: 'circle' in order ? () => 0 : order,
    groupFiles: new VarsFiles(file, 'group_vars', problems),
    hostFiles: new VarsFiles(file, 'host_vars', problems),
    extra: extraVars.flatMap((text) => problems.attempt(() => readExtraVars(text)) ?? []),
  }
}

type Finished = ReadonlyMap<HostEntry, Host | LeftOut>

function finishHosts(
  file: string,
  tree: InventoryTree,
  variables: HostVariables,
  login: LoginDefaults,
  reader: SettingReader,
  contacted: ReadonlySet<HostEntry>,
): Finished {
  const groups = new GroupAddresses(tree, variables, reader)
  const sources = new SourcesReader((name) => groups.of(name), reader)
  const { confirmSeconds, confirm } = login
  const settings = new SettingsFinisher({
    inventoryFile: file,
    reader,
    sources,
    ...(confirmSeconds !== undefined && { confirmSeconds }),
    ...(confirm !== undefined && { confirm }),
  })
  const finisher = new HostFinisher(tree, login, settings, reader)
  const finish = (entry: HostEntry): Host | LeftOut => {
    const own = variables.of(entry)
    const membership = membershipOf(own, variables.ownSets(entry), reader)
    if (membership === 'no-services' || membership === 'local') return { name: entry.name, why: membership }
    const isThisMachine = membership === 'this-machine'
    return finisher.finish(entry, own, { isContacted: contacted.has(entry), isThisMachine })
  }
  const finished = new Map(membersOf(tree.all).map((entry) => [entry, finish(entry)]))
  sources.report()
  return finished
}

function refuseEmptyValues(finished: Finished, variables: HostVariables, problems: Problems): void {
  const empty = new EmptyValues()
  for (const entry of finished.keys()) empty.see(variables.of(entry))
  empty.report(problems)
}

/** What is wrong with the login of a host that is not mailfw's is none of its business. */
function reachedHost(host: Host | LeftOut, own: Variables, login: LoginDefaults): readonly ReachedHost[] {
  if (!('why' in host)) return [host]
  if (host.why !== 'no-services') return []
  const { name } = host
  return [{ name, login: readLogin(own, login, new SettingReader(new Problems()), false) }]
}

function allSets(
  tree: InventoryTree,
  { groupFiles, hostFiles, extra }: ReturnType<typeof variableSources>,
): readonly VariableSet[] {
  const inTree = [...tree.groups.values(), ...tree.hosts.values()].flatMap(({ sets }) => sets)
  return [...new Set([...inTree, ...groupFiles.sets, ...hostFiles.sets, ...extra])]
}

interface Selection {
  /** In the order of the inventory. */
  readonly selected: readonly HostEntry[]
  readonly unknown: Selected['unknown']
}

function selection(tree: InventoryTree, limit: string | undefined, problems: Problems): Selection {
  const all = membersOf(tree.all)
  if (limit === undefined) return { selected: all, unknown: [] }
  const found = problems.attempt(() => selectHosts(tree, limit))
  return { selected: all.filter((entry) => found?.hosts.has(entry)), unknown: found?.unknown ?? [] }
}

function unknownTexts(tree: InventoryTree, names: readonly string[]): readonly string[] {
  const told = names.slice(0, MOST_UNKNOWN).map((name) => `${name}${nameSuggestion(tree, name)}`)
  const more = names.length - told.length
  return more === 0 ? told : [...told, `${more} more names`]
}

function split(selected: readonly HostEntry[], finished: Finished): Pick<Inventory, 'hosts' | 'leftOut'> {
  const results = selected.flatMap((entry) => finished.get(entry) ?? [])
  return {
    hosts: results.filter((result): result is Host => !('why' in result)),
    leftOut: results.filter((result): result is LeftOut => 'why' in result),
  }
}

/** Why a host with that connection is left out, behind their number. */
export const LEFT_OUT_LOCAL =
  'with ansible_connection: local but without mailfw_local: true at the host itself'

function noneOfOurs(limit: string, leftOut: readonly LeftOut[]): Error {
  const count = (why: LeftOut['why']) => leftOut.filter((host) => host.why === why).length
  const reasons = [
    [count('no-services'), 'without mailfw_services'],
    [count('local'), LEFT_OUT_LOCAL],
  ] as const
  const told = reasons.filter(([hosts]) => hosts > 0).map(([hosts, reason]) => `${hosts} ${reason}`)
  return failure({
    file: '--limit',
    message: `expected a host of mailfw's, but "${limit}" selects only hosts that are left out: ${told.join(', ')}`,
  })
}
