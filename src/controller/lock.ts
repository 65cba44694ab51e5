import { createHash, randomUUID } from 'node:crypto'
import { link, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import * as z from 'zod'
import { makeDirectories } from '../lib/make-directories.ts'
import { codeOf } from '../lib/system-error.ts'
import type { ProcessIdentity, Processes } from './processes.ts'
import { isAlive, ownIdentity } from './processes.ts'

/** Ours until it is released, or until this process ends in whatever way. */
export interface Lock {
  readonly kind: 'lock'
  readonly release: () => Promise<void>
}

/** Another process of this account has it. */
export interface Held {
  readonly kind: 'held'
  readonly pid: number
  /** ISO. */
  readonly since: string
}

export interface LockOptions {
  /** Where the locks are; made where it is missing. */
  readonly directory: string
  readonly processes: Processes
  /** ISO: what others are told. */
  readonly now: string
  /** To wait until whoever has it is done, or until this is aborted; `false`: leave at once. */
  readonly wait: AbortSignal | false
}

const POLL_MILLISECONDS = 500

/**
 * Takes the one lock that there is for an inventory, by whichever path it is named. What a process left that was killed
 * is taken over. Rejects with what the file system says where the directory cannot be written.
 */
export async function takeLock(
  inventory: string,
  { directory, processes, now, wait }: LockOptions,
): Promise<Lock | Held> {
  await makeDirectories(directory, 0o700)
  const path = join(directory, `${hash(await realPath(inventory))}.lock`)
  const claim: Claim = { ...(await ownIdentity(processes)), since: now, id: randomUUID() }
  for (;;) {
    const holder = await claimPath(path, claim, processes)
    if (holder === undefined) return { kind: 'lock', release: () => release(path, claim) }
    const held = { kind: 'held', pid: holder.pid, since: holder.since } as const
    if (wait === false || (await isEnded(wait))) return held
  }
}

/** What a lock's file says: who has it. The id makes two claims of one process different. */
type Claim = ProcessIdentity & { readonly since: string; readonly id: string }

const CLAIM = z.object({
  pid: z.number().int().positive(),
  start: z.string().exactOptional(),
  since: z.string(),
  id: z.string(),
})

/**
 * Makes a path ours, or tells who lives and has it. A dead claim is replaced under a lock of its own, which is named after
 * that very claim: whoever has that one and still finds the dead claim is the only one to replace it, however late.
 */
async function claimPath(path: string, claim: Claim, processes: Processes): Promise<Claim | undefined> {
  for (;;) {
    if (await linkWhole(path, claim)) return undefined
    const found = await readText(path)
    if (found === undefined) continue
    const holder = parseClaim(found)
    if (holder !== undefined && (await isAlive(holder, processes))) return holder
    const breaking = `${path}.${hash(found)}`
    const breaker = await claimPath(breaking, claim, processes)
    if (breaker !== undefined) return breaker
    try {
      if ((await readText(path)) !== found) continue
      await replaceWhole(path, claim)
      return undefined
    } finally {
      await rm(breaking, { force: true })
    }
  }
}

/** Only what is still ours: whoever releases twice takes nothing from the next one. */
async function release(path: string, { id }: Claim): Promise<void> {
  const found = await readText(path)
  if (found !== undefined && parseClaim(found)?.id === id) await rm(path, { force: true })
}

/** Makes the file with all that is in it, unless there is one. */
async function linkWhole(path: string, claim: Claim): Promise<boolean> {
  const fresh = await writeBeside(path, claim)
  try {
    await link(fresh, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(fresh, { force: true })
  }
}

async function replaceWhole(path: string, claim: Claim): Promise<void> {
  await rename(await writeBeside(path, claim), path)
}

async function writeBeside(path: string, claim: Claim): Promise<string> {
  const fresh = `${path}.${randomUUID()}.new`
  await writeFile(fresh, `${JSON.stringify(claim)}\n`, { flag: 'wx', mode: 0o600 })
  return fresh
}

/** Absent for a text that nobody who lives has written: files come whole, unless the machine died with them. */
function parseClaim(text: string): Claim | undefined {
  try {
    return CLAIM.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Lets some time pass; whether it ended early because nobody waits any more. */
async function isEnded(wait: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(POLL_MILLISECONDS, undefined, { signal: wait })
    return false
  } catch {
    return true
  }
}

/** A path that leads nowhere has a lock too: whoever reads the inventory complains better. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    return resolve(path)
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
