import { REPORT_TASKS, SCHEDULE_ACTIONS } from './flag-values.ts'
import type { VerbName } from './verbs.ts'
import { flagsOf, verbIn } from './verbs.ts'

/** The first word of a call that the completion script makes. */
export const COMPLETE = '--get-yargs-completions'

/** yargs offers `-l` as `--l` where two dashes are typed. */
const LONG_LETTER = /^--.$/

/**
 * What may follow the words typed so far, one a line: the values of a flag, else what yargs offers; the shell picks
 * what fits. Nothing where a file is expected: the shell completes those itself.
 */
export async function complete(
  typed: readonly string[],
  ask: (words: readonly string[]) => Promise<string>,
): Promise<string> {
  const verb = verbIn(typed)
  const current = typed.at(-1) ?? ''
  const flag =
    verb && flagsOf(verb).find((each) => each.takesValue && each.words.includes(typed.at(-2) ?? ''))
  if (flag) return lines(flag.choices)
  const next = verb !== undefined && typed.at(-2) === verb ? (NEXT_WORDS[verb] ?? []) : []
  if (next.length > 0 && !current.startsWith('-')) return lines(next)
  const dashes = /^-{0,2}/.exec(current)?.[0] ?? ''
  if (dashes === '' && verb !== undefined) return ''
  // Half a word may mean something to yargs by itself, such as `--o`.
  const offered = await ask([COMPLETE, 'mailfw', ...(verb === undefined ? [] : [verb]), dashes])
  return lines(offered.split('\n').filter((word) => isWorthOffering(word, dashes, verb)))
}

/** What follows some verbs. */
const NEXT_WORDS: Readonly<Partial<Record<VerbName, readonly string[]>>> = {
  schedule: SCHEDULE_ACTIONS,
  report: REPORT_TASKS,
}

function isWorthOffering(offered: string, dashes: string, verb: VerbName | undefined): boolean {
  const word = offered.replace(/[:\t].*/s, '')
  if (word === '' || LONG_LETTER.test(word)) return false
  if (dashes === '' && word.startsWith('-')) return false
  return verb === undefined || !flagsOf(verb).some((flag) => flag.hidden && flag.words.includes(word))
}

/** The script that yargs writes; the one for fish would keep files from being completed. */
export function completionScript(text: string): string {
  return text.replace(
    /^complete -f .*$/m,
    `complete -c mailfw -a '(mailfw ${COMPLETE} (commandline -opc) (commandline -ct))'`,
  )
}

function lines(words: readonly string[]): string {
  return words.map((word) => `${word}\n`).join('')
}
