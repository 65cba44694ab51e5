import { join } from 'node:path'

export interface JournalPlace {
  /** Where the journals of all runs are; made where it is missing. */
  readonly directory: string
  /** Of the run; names sort by time. */
  readonly name: string
}

/** The place of a run's journal in the directory for what is our own on this machine. */
export function journalPlace(
  stateDirectory: string,
  { started, run }: { readonly started: string; readonly run: string },
): JournalPlace {
  return { directory: join(stateDirectory, 'journal'), name: `${started}-${run}.jsonl` }
}
