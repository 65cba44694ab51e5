import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectories } from '../lib/make-directories.ts'
import type { Bounds } from './journal-bounds.ts'
import { BOUNDS, CUT, keepWithin } from './journal-bounds.ts'
import type { JournalPlace } from './journal-place.ts'
import { Outbox } from './outbox.ts'
import { inTime } from './patience.ts'

/** What one run writes down as it goes on. No fault of a file system is a fault of the run. */
export interface Journal {
  /** Takes whole lines, and never waits. They are in the file some milliseconds later, whatever becomes of us. */
  readonly write: (lines: string) => void
  /** Resolves once all is written; rejects with why it is not, or may not be. */
  readonly close: () => Promise<void>
}

/** Begins a journal, and sees that all journals stay within their bounds, now and when it is closed. */
export function openJournal(place: JournalPlace, bounds: Bounds = BOUNDS): Journal {
  const outbox = new Outbox()
  const written = writeAll(outbox, place, bounds).finally(() => {
    outbox.end()
  })
  // It is looked at only when the journal is closed
  written.catch(() => undefined)
  return {
    write: upTo(bounds.runBytes, outbox),
    close: () => {
      outbox.end()
      return inTime(written)
    },
  }
}

/** Adds lines until there are too many; the last one says so then. */
function upTo(most: number, outbox: Outbox): (lines: string) => void {
  let total = 0
  return (lines) => {
    total += Buffer.byteLength(lines)
    if (total > most) {
      outbox.add(CUT)
      outbox.end()
    } else outbox.add(lines)
  }
}

async function writeAll(outbox: Outbox, place: JournalPlace, bounds: Bounds): Promise<void> {
  await makeDirectories(place.directory, 0o700)
  const file = await open(join(place.directory, place.name), 'ax', 0o600)
  try {
    await keepWithin(bounds, place)
    await writeBatches(file, outbox)
  } finally {
    await file.close()
  }
  await keepWithin(bounds, place)
}

async function writeBatches(file: FileHandle, outbox: Outbox): Promise<void> {
  for await (const batch of outbox.batches()) await file.appendFile(batch)
}
