import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalPlace } from './journal-place.ts'

/** How much all journals may take together, and how much the one of a run. */
export interface Bounds {
  readonly runs: number
  readonly bytes: number
  readonly runBytes: number
}

const MEBIBYTE = 1024 * 1024

export const BOUNDS: Bounds = { runs: 100, bytes: 128 * MEBIBYTE, runBytes: 64 * MEBIBYTE }

/** The last line of a journal that its run would have made too long. */
export const CUT = `${JSON.stringify({ event: 'notice', message: 'The journal of this run ends here, for it would be too long; the run went on.' })}\n`

const NAME = /^\d{4}-\d\d-\d\dT[\d:.]+Z-[0-9a-f]+\.jsonl$/
const DAY_MILLISECONDS = 24 * 3_600_000
/** More than the last line of a run that has ended. */
const TAIL_BYTES = 2_048
const LAST_LINE = new RegExp(`(?:^|\n)(?:\\{"event":"end",[^\n]*\n|${CUT.replaceAll(/[{}.]/g, '\\$&')})$`)

/**
 * Removes the oldest journals until the rest is within bounds; never the one at `own`, and those of runs that may still go
 * on only where no other is left. What somebody else removes meanwhile, or put there, is none of ours.
 */
export async function keepWithin({ runs, bytes }: Bounds, own: JournalPlace): Promise<void> {
  const { present, others } = await survey(own)
  if (present === undefined) return
  let count = others.length + 1
  let total = others.reduce((sum, { size }) => sum + size, present.size)
  const isWithin = (): boolean => count <= runs && total <= bytes
  const remove = async ({ path, size }: Kept): Promise<void> => {
    await rm(path, { force: true }).catch(() => undefined)
    count -= 1
    total -= size
  }
  const spared: Kept[] = []
  for (const each of others) {
    if (isWithin()) return
    if (await mayGoOn(each, present.time)) spared.push(each)
    else await remove(each)
  }
  for (const each of spared) {
    if (isWithin()) return
    await remove(each)
  }
}

interface Kept {
  readonly path: string
  readonly size: number
  /** When it was last written to, in milliseconds since the epoch. */
  readonly time: number
}

/** Our own one, and the others from the oldest on. */
async function survey({
  directory,
  name,
}: JournalPlace): Promise<{ present: Kept | undefined; others: Kept[] }> {
  const names = (await readdir(directory)).filter((each) => each !== name && NAME.test(each)).sort()
  const others = await Promise.all(names.map((each) => look(join(directory, each))))
  const present = await look(join(directory, name))
  return { present, others: others.filter((each) => each !== undefined) }
}

async function look(path: string): Promise<Kept | undefined> {
  try {
    const { size, mtimeMs } = await stat(path)
    return { path, size, time: mtimeMs }
  } catch {
    return undefined
  }
}

/** A run that is not said to have ended was killed, or goes on; no run goes on for a day without a word. */
async function mayGoOn({ path, size, time }: Kept, now: number): Promise<boolean> {
  if (now - time > DAY_MILLISECONDS) return false
  try {
    return !LAST_LINE.test(await tailOf(path, size))
  } catch {
    return false
  }
}

async function tailOf(path: string, size: number): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(TAIL_BYTES),
      position: Math.max(0, size - TAIL_BYTES),
    })
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
