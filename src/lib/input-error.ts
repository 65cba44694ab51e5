import { printable } from './printable.ts'

/** One thing that is wrong in what the user wrote: where (1-based line and column), and what was expected and found. */
export interface Problem {
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** The place inside the file, such as `all.children.mx.vars.mailfw_services.imaps.port`. */
  readonly path?: string
  readonly message: string
}

/** The user's files or command are wrong. Carries every problem that was found, in file order. No host was contacted. */
export class InputError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.name = 'InputError'
    this.problems = problems
  }
}

/** The longest name of a file, path and value, as they are cut where they are put into a problem. */
const LONGEST = 6_000
const LONGEST_FILE = 1_000

/** Printable, whatever the file held: `inventories/fleet.yaml:14:9 all.vars.mailfw_ping: expected true or false, got "maybe"` */
export function formatProblem(problem: Problem): string {
  const place = [
    printable(problem.file, { most: LONGEST_FILE }),
    problem.line,
    problem.line === undefined ? undefined : problem.column,
  ]
    .filter((part) => part !== undefined)
    .join(':')
  const text = `${place}${problem.path === undefined ? '' : ` ${problem.path}`}: ${problem.message}`
  return printable(text, { most: LONGEST })
}
