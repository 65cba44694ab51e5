import yargs from 'yargs'
import type { Argv } from 'yargs'
import type { AttemptCommand, FleetCommand } from '../model/command.ts'
import { ATTEMPT_COMMANDS, FLEET_COMMANDS } from '../model/command.ts'
import { complete, COMPLETE, completionScript } from './completion.ts'
import type { ReportTask, ScheduleAction } from './flag-values.ts'
import { attemptId, reportTask, scheduleAction } from './flag-values.ts'
import type { ByHandFlags, FleetFlags, RenderFlags, ReportFlags, ScheduleFlags } from './flags.ts'
import { explainRefusal } from './refusal.ts'
import { UsageError } from './usage-error.ts'
import { EXIT_CODES, POSITIONALS, VERBS } from './verbs.ts'
import type { VerbName } from './verbs.ts'
import { VERSION } from './version.ts'

/** What the command line asks for. */
export type Invocation =
  | { readonly verb: 'print'; readonly text: string }
  | { readonly verb: FleetCommand; readonly flags: FleetFlags }
  | { readonly verb: AttemptCommand; readonly flags: ByHandFlags }
  | { readonly verb: 'render'; readonly flags: RenderFlags }
  | { readonly verb: 'report'; readonly flags: ReportFlags }
  | { readonly verb: 'schedule'; readonly flags: ScheduleFlags }

/** What yargs writes behind each flag; the descriptions say what of it matters. */
const ANNOTATION = /\s*\[(?:boolean|string|array|required|choices: [^\]]*|default: \[\])\]/g

/**
 * Reads the words after `mailfw`. Rejects with UsageError; nothing was done then. yargs only reads here: its
 * handlers tell what was asked for, so that none can run after a failed validation. They throw it, for yargs writes its
 * whole help into memory when a handler returns.
 */
export async function readCommandLine(words: readonly string[], columns: number): Promise<Invocation> {
  const parser = withVerbs(basicParser(columns), (invocation) => {
    throw new Asked(invocation)
  })
  try {
    if (words[0] === COMPLETE) {
      return { verb: 'print', text: await complete(words.slice(1), (some) => parse(parser, some)) }
    }
    const printed = completionScript(await parse(parser, words))
    return { verb: 'print', text: `${printed.trimEnd()}\n` }
  } catch (error) {
    if (error instanceof Asked) return error.invocation
    throw error
  }
}

class Asked extends Error {
  readonly invocation: Invocation

  constructor(invocation: Invocation) {
    super(invocation.verb)
    this.invocation = invocation
  }
}

/** yargs prints nothing itself when it is given a callback: help, version and completions come back as text. */
async function parse(parser: Argv, words: readonly string[]): Promise<string> {
  let printed = ''
  try {
    await parser.parseAsync([...words], {}, (_error, _values, output) => {
      printed = output
    })
  } catch (error) {
    if (error instanceof UsageError || error instanceof Asked) throw error
    throw new UsageError(explainRefusal(words, error))
  }
  return printed.replace(ANNOTATION, '')
}

function basicParser(columns: number): Argv {
  return yargs()
    .scriptName('mailfw')
    .locale('en')
    .updateStrings({
      'Not enough arguments following: %s': 'The flag %s expects a value.',
      'Arguments %s and %s are mutually exclusive': 'Expected --%s or --%s, got both.',
    })
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'strip-aliased': true,
    })
    .usage(
      'mailfw: firewalls for mail servers, deployed over SSH so that nobody is locked out.\n\n$0 <command>',
    )
    .demandCommand(1, 'A command is expected.')
    .strict()
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .fail(false)
    .exitProcess(false)
    .wrap(Math.min(columns, 110))
    .epilogue(EXIT_CODES)
}

type Asking = (invocation: Invocation) => never

function withVerbs(parser: Argv, record: Asking): Argv {
  for (const name of FLEET_COMMANDS) withFleetVerb(parser, name, record)
  for (const name of ATTEMPT_COMMANDS) withAttemptVerb(parser, name, record)
  return parser
    .command(
      words('render'),
      VERBS.render.describe,
      (verb) => describeVerb(verb, 'render').options(VERBS.render.flags),
      (flags) => {
        record({ verb: 'render', flags })
      },
    )
    .command(
      words('report'),
      VERBS.report.describe,
      (verb) => describeReport(explainVerb(verb, 'report')).options(VERBS.report.flags),
      (flags) => {
        record({ verb: 'report', flags })
      },
    )
    .command(
      words('schedule'),
      VERBS.schedule.describe,
      (verb) => describeSchedule(describeVerb(verb, 'schedule')).options(VERBS.schedule.flags),
      (flags) => {
        record({ verb: 'schedule', flags })
      },
    )
    .completion('completion', 'Print the completion script for your shell ($SHELL: bash, zsh, fish)')
}

function withFleetVerb(parser: Argv, name: FleetCommand, record: Asking): void {
  parser.command(
    words(name),
    VERBS[name].describe,
    (verb) => describeVerb(verb, name).options(VERBS[name].flags),
    (flags) => {
      record({ verb: 'check' in flags && flags.check ? 'check' : name, flags })
    },
  )
}

function withAttemptVerb(parser: Argv, name: AttemptCommand, record: Asking): void {
  parser.command(
    words(name),
    VERBS[name].describe,
    (verb) => describeAttempt(describeVerb(verb, name)).options(VERBS[name].flags),
    (flags) => {
      record({ verb: name, flags })
    },
  )
}

function words(verb: VerbName): string {
  const positionals = VERBS[verb].positionals.map((name) => (name === 'files' ? '<files..>' : `<${name}>`))
  return [verb, ...positionals].join(' ')
}

function explainVerb(parser: Argv, verb: VerbName): Argv {
  const explained = parser.usage(`$0 ${words(verb)} [flags]\n\n${VERBS[verb].describe}.`)
  for (const [command, description] of VERBS[verb].examples) explained.example(command, description)
  return explained
}

function describeVerb(parser: Argv, verb: VerbName): Argv<{ inventory: string }> {
  return explainVerb(parser, verb).positional('inventory', {
    type: 'string',
    demandOption: true,
    describe: POSITIONALS.inventory,
  })
}

function describeAttempt(
  parser: Argv<{ inventory: string }>,
): Argv<{ inventory: string; host: string; attempt: string }> {
  return parser
    .positional('host', { type: 'string', demandOption: true, describe: POSITIONALS.host })
    .positional('attempt', {
      type: 'string',
      demandOption: true,
      describe: POSITIONALS.attempt,
      coerce: attemptId,
    })
}

function describeSchedule(
  parser: Argv<{ inventory: string }>,
): Argv<{ inventory: string; action: ScheduleAction }> {
  return parser.positional('action', {
    type: 'string',
    demandOption: true,
    describe: POSITIONALS.action,
    coerce: scheduleAction,
  })
}

function describeReport(parser: Argv): Argv<{ task: ReportTask; files: string[] }> {
  return parser
    .positional('task', {
      type: 'string',
      demandOption: true,
      describe: POSITIONALS.task,
      coerce: reportTask,
    })
    .positional('files', { type: 'string', array: true, demandOption: true, describe: POSITIONALS.files })
}
