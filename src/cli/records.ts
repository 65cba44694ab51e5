import { journalPlace } from '../controller/journal-place.ts'
import { openJournal } from '../controller/journal.ts'
import { lastFailedFile, writeLastFailed } from '../controller/last-failed.ts'
import { stateDirectory } from '../controller/state-directory.ts'
import { printable } from '../lib/printable.ts'
import type { RunCommand } from '../model/command.ts'
import { isAsWanted } from '../model/outcome.ts'
import { createJsonlReporter } from '../report/jsonl.ts'
import type { Reporter, RunDocument } from '../report/reporter.ts'
import type { LastFailed } from './command-for.ts'
import type { RunBeginning } from './run-document.ts'
import type { World } from './world.ts'

/** What a run writes down for itself, whatever its flags say. What cannot be written is one sentence on stderr at the end, and no more. */
export interface Records {
  /** The same reporter, which writes all down besides. */
  readonly follow: (reporter: Reporter) => Reporter
  /** Names the hosts that are not as wanted, for `--limit @FILE`: where, and which; nothing where they are not written. */
  readonly leave: (run: RunDocument) => Promise<LastFailed | undefined>
  readonly end: () => Promise<void>
}

export function isJournaled(command: RunCommand): boolean {
  return JOURNALED.has(command)
}

/** Begins what is written down of a run. */
export function keepRecords(begun: RunBeginning, world: World): Records {
  const directory = stateDirectory(world.env, world.home)
  const { follow, close } = isJournaled(begun.command) ? journaling(begun, directory) : NO_JOURNAL
  const faults: string[] = []
  /** Whether it was done. */
  const attempt = async (what: string, work: Promise<void>): Promise<boolean> => {
    try {
      await work
      return true
    } catch (error) {
      faults.push(`${what} (${error instanceof Error ? error.message : String(error)})`)
      return false
    }
  }
  return {
    follow,
    leave: async ({ command, hosts }) => {
      if (!NAMES_FAILED.has(command)) return undefined
      const names = hosts.filter((result) => !isAsWanted(result, command)).map(({ host }) => host)
      const isWritten = await attempt(
        'the names of the hosts that are not as wanted',
        writeLastFailed(directory, names),
      )
      return isWritten ? { path: lastFailedFile(directory), hosts: names } : undefined
    },
    end: async () => {
      await attempt('the journal of this run', close())
      if (faults.length > 0)
        world.stderr.write(`mailfw: ${printable(`not written: ${faults.join(', ')}`)}.\n`)
    },
  }
}

const JOURNALED: ReadonlySet<RunCommand> = new Set([
  'deploy',
  'check',
  'enforce',
  'rollback',
  'confirm',
  'revert',
])

const NAMES_FAILED: ReadonlySet<RunCommand> = new Set(['deploy', 'check', 'enforce', 'rollback'])

interface Journaling extends Pick<Records, 'follow'> {
  readonly close: () => Promise<void>
}

const NO_JOURNAL: Journaling = { follow: (reporter) => reporter, close: () => Promise.resolve() }

function journaling(begun: RunBeginning, directory: string): Journaling {
  const journal = openJournal(journalPlace(directory, begun))
  const writer = createJsonlReporter({ write: journal.write, diff: true })
  return {
    follow: (reporter) => ({
      ...reporter,
      event: (event) => {
        writer.event(event)
        reporter.event(event)
      },
      finish: (run) => {
        writer.finish(run)
        reporter.finish(run)
      },
    }),
    close: journal.close,
  }
}
