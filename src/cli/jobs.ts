import type { Job } from '../host/visit.ts'
import type { Inventory } from '../inventory/load.ts'
import { LEFT_OUT_LOCAL, loadInventory } from '../inventory/load.ts'
import type { LoginDefaults } from '../inventory/login-reader.ts'
import { InputError } from '../lib/input-error.ts'
import type { Problem } from '../lib/input-error.ts'
import { printable } from '../lib/printable.ts'
import type { Host, ReachedHost } from '../model/host.ts'
import type { Rollout } from '../model/rollout.ts'
import type { Shard } from '../model/shard.ts'
import { createRenderer } from '../render/render.ts'
import { lintJobs } from './lint-jobs.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

export interface Selection {
  readonly inventory: string
  readonly limit: string | undefined
  readonly shard: Shard | undefined
  readonly extraVars: readonly string[]
}

/** What was selected. */
export interface Loaded {
  readonly jobs: readonly Job[]
  /** All hosts of the inventory, selected or not, mailfw's or not. */
  readonly inventory: readonly ReachedHost[]
  /** How the inventory wants changes to go through its hosts. */
  readonly rollout: Rollout
}

/** What the flags of a verb select. */
export function selectionOf(flags: {
  readonly inventory: string
  readonly limit?: string | undefined
  readonly shard?: Shard | undefined
  readonly 'extra-vars'?: readonly string[] | undefined
}): Selection {
  const { inventory, limit, shard } = flags
  return { inventory, limit, shard, extraVars: flags['extra-vars'] ?? [] }
}

/**
 * The selected hosts with their rendered rulesets. Rejects with InputError that carries the problems of all hosts, and
 * with UsageError where no host is left; nothing was contacted then.
 */
export async function loadJobs(selection: Selection, login: LoginDefaults, world: World): Promise<Loaded> {
  const { hosts, all, rollout } = await loadHosts(selection, login, world)
  return { jobs: renderJobs(hosts, selection.inventory), inventory: all, rollout }
}

/** The selected hosts alone: a template that is broken by now keeps nobody from going back. Rejects as `loadJobs` does. */
export async function loadJobsWithoutRules(
  selection: Selection,
  login: LoginDefaults,
  world: World,
): Promise<Loaded> {
  const { hosts, all, rollout } = await loadHosts(selection, login, world)
  return { jobs: hosts.map(withoutRules), inventory: all, rollout }
}

/** For what only looks at rules that are on the host. */
export function withoutRules(host: Host): Job {
  return { host, wanted: { v4: '', v6: '' } }
}

async function loadHosts(selection: Selection, login: LoginDefaults, world: World): Promise<Inventory> {
  const { inventory, limit, shard, extraVars } = selection
  const loaded = await loadInventory(inventory, {
    ...(limit !== undefined && { limit }),
    ...(shard !== undefined && { shard }),
    extraVars,
    login,
  })
  const why = leftOutText(loaded.leftOut)
  if (loaded.inAllShards === 0) throw new UsageError(`${noHostText(selection)} ${why}`.trim())
  const notes = [
    ...loaded.unknownNames.map((text) => `Not in the inventory: ${text}`),
    ...loaded.unusedGroups,
    ...loaded.encryptedFiles.map(notReadText),
    why,
    emptyShardText(loaded, shard),
  ]
  for (const note of notes.filter((text) => text !== '')) world.stderr.write(`${printable(note)}\n`)
  return loaded
}

/** The hosts with what is rendered for them. Throws InputError that carries the problems of all of them. */
export function renderJobs(hosts: readonly Host[], inventory: string): readonly Job[] {
  const jobs = renderAll(hosts)
  const problems = lintJobs(jobs, inventory)
  if (problems.length > 0) throw new InputError(problems)
  return jobs
}

function renderAll(hosts: readonly Host[]): readonly Job[] {
  const renderer = createRenderer()
  const problems: Problem[] = []
  const jobs = hosts.flatMap((host) => {
    try {
      return [{ host, wanted: renderer.render(host) }]
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      problems.push(...error.problems)
      return []
    }
  })
  if (problems.length > 0) throw new InputError(distinct(problems))
  return jobs
}

/** A fault of a template shows at every host; it is told once. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}

function noHostText({ inventory, limit }: Selection): string {
  const where = limit === undefined ? inventory : `what --limit ${limit} selects of ${inventory}`
  return `There is no host for mailfw in ${where}: mailfw_services is set for none.`
}

/** An inventory that is small for its shards leaves some of them without hosts; others have them all. */
function emptyShardText({ hosts, inAllShards }: Inventory, shard: Shard | undefined): string {
  if (shard === undefined || hosts.length > 0) return ''
  return `Nothing to do: ${inAllShards === 1 ? 'the one host is' : `all ${inAllShards} hosts are`} in other shards than ${shard}.`
}

function notReadText(file: string): string {
  return `Not read: ${file}, which ansible-vault encrypted as a whole.`
}

type LeftOut = Inventory['leftOut'][number]

/** `Left out: 3 hosts without mailfw_services, 1 host with ansible_connection: local but without ….` */
function leftOutText(leftOut: readonly LeftOut[]): string {
  const told = Object.entries(WHY_LEFT_OUT).flatMap(([why, words]) => {
    const count = leftOut.filter((each) => each.why === why).length
    return count === 0 ? [] : [`${count === 1 ? '1 host' : `${count} hosts`} ${words}`]
  })
  return told.length === 0 ? '' : `Left out: ${told.join(', ')}.`
}

const WHY_LEFT_OUT: Readonly<Record<LeftOut['why'], string>> = {
  'no-services': 'without mailfw_services',
  local: LEFT_OUT_LOCAL,
}
