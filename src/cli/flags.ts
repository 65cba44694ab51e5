import type { InferredOptionTypes, Options } from 'yargs'
import { SCOPES } from '../controller/schedule.ts'
import { FAMILIES } from '../model/family.ts'
import { CONFIRMED_BY } from '../model/host.ts'
import { OVERRIDABLE_CODES } from '../model/outcome.ts'
import { WHEN_EXCEEDED } from '../model/rollout.ts'
import { COLOUR_MODES } from '../report/output.ts'
import { OUTPUT_FORMATS } from '../report/reporter.ts'
import type { ReportTask, ScheduleAction } from './flag-values.ts'
import {
  fileOf,
  given,
  lineOf,
  numberPairOf,
  oneOf,
  overridableCodesOf,
  shardOf,
  shareOf,
  sharesOf,
  textOf,
  textsOf,
  wholeNumberOf,
} from './flag-values.ts'

export type FlagTable = Readonly<Record<string, Options>>

const HOSTS = 'Which hosts:'
const LOGIN = 'Logging in (an inventory variable wins over a flag, a flag over ssh_config):'
const RUN = 'The run:'
const SCHEDULE = 'The schedule:'
const SHOWN = 'What is shown:'
const AFTERWARDS = 'Once it has ended, also by Ctrl-C:'

/** A flag with a value. Read as text, so that `--forks x` is an error and never NaN. */
const VALUE = { type: 'string', requiresArg: true, nargs: 1 } as const
const SWITCH = { type: 'boolean', coerce: given } as const

const SELECTION_FLAGS = {
  limit: {
    ...VALUE,
    alias: 'l',
    group: HOSTS,
    describe: 'Only these hosts: names, groups, globs, "mx:!mx3", as in Ansible',
    coerce: textOf('--limit'),
  },
  shard: {
    ...VALUE,
    group: HOSTS,
    describe: 'Of these the part K of N, such as 2/8: each host is in exactly one, by its name',
    coerce: shardOf('--shard'),
  },
  'extra-vars': {
    ...VALUE,
    alias: 'e',
    array: true,
    group: HOSTS,
    describe: 'Set variables: key=value, {YAML map} or @FILE; may be repeated',
    coerce: textsOf('--extra-vars'),
  },
} satisfies FlagTable

const LOGIN_FLAGS = {
  user: { ...VALUE, alias: 'u', group: LOGIN, describe: 'User to log in as', coerce: textOf('--user') },
  'private-key': {
    ...VALUE,
    alias: 'key-file',
    group: LOGIN,
    describe: 'Private key file',
    coerce: textOf('--private-key'),
  },
  'ask-pass': { ...SWITCH, alias: 'k', group: LOGIN, describe: 'Ask for the login password' },
  'connection-password-file': {
    ...VALUE,
    alias: 'conn-pass-file',
    group: LOGIN,
    describe: 'Read the login password from this file',
    coerce: textOf('--connection-password-file'),
  },
  become: { ...SWITCH, alias: 'b', group: LOGIN, describe: 'Become root with sudo' },
  'ask-become-pass': { ...SWITCH, alias: 'K', group: LOGIN, describe: 'Ask for the sudo password' },
  'become-password-file': {
    ...VALUE,
    alias: 'become-pass-file',
    group: LOGIN,
    describe: 'Read the sudo password from this file',
    coerce: textOf('--become-password-file'),
  },
  timeout: {
    ...VALUE,
    alias: 'T',
    group: LOGIN,
    describe: 'Seconds for one connection to be made (10)',
    coerce: wholeNumberOf('--timeout', { least: 1, most: 3_600 }),
  },
  'accept-new-host-keys': {
    ...SWITCH,
    group: LOGIN,
    describe: 'Record the keys of unknown hosts; a changed key is always refused',
  },
} satisfies FlagTable

const ROLLOUT = 'The rollout (a flag wins over mailfw_rollout):'

/** How a change goes through the fleet. */
const ROLLOUT_FLAGS = {
  batch: {
    ...VALUE,
    group: ROLLOUT,
    describe:
      'How many hosts at a time, the last for all that are left: 1,10%,50%,100% (1,100% where more than 10 are selected)',
    coerce: sharesOf('--batch'),
  },
  'ask-between': {
    ...SWITCH,
    group: ROLLOUT,
    describe: 'On a terminal: ask before each batch but the first',
  },
  'max-failures': {
    ...VALUE,
    group: ROLLOUT,
    describe: 'Start no new host once more than so many, or P%, were reverted or are unknown (0)',
    coerce: shareOf('--max-failures'),
  },
  'when-exceeded': {
    ...VALUE,
    choices: WHEN_EXCEEDED,
    group: ROLLOUT,
    describe: 'rollback: take the hosts back, too, that this run has changed, and hold them (stop)',
    coerce: oneOf('--when-exceeded', WHEN_EXCEEDED),
  },
} satisfies FlagTable

const ALLOW_FLAG = {
  ...VALUE,
  group: RUN,
  describe: `Override refusals by their codes, such as A,B: ${OVERRIDABLE_CODES.join(', ')}`,
  coerce: overridableCodesOf('--allow'),
} as const

const RUN_FLAGS = {
  allow: ALLOW_FLAG,
  forks: {
    ...VALUE,
    alias: 'f',
    group: RUN,
    describe: 'Hosts at the same time (20)',
    coerce: wholeNumberOf('--forks', { least: 1, most: 1_000 }),
  },
  confirm: {
    ...VALUE,
    choices: CONFIRMED_BY,
    group: RUN,
    describe: 'manual: a change waits for `mailfw confirm` (connection, or mailfw_confirm)',
    coerce: oneOf('--confirm', CONFIRMED_BY),
  },
  'confirm-seconds': {
    ...VALUE,
    group: RUN,
    describe:
      'Seconds after which a host that nobody confirmed puts its old rules back (60, or mailfw_confirm_seconds; 300 with --confirm manual)',
    coerce: wholeNumberOf('--confirm-seconds', { least: 10, most: 3_600 }),
  },
} satisfies FlagTable

/** What has happened has no events any more. */
const MERGED_FORMATS = ['json', 'text'] as const

const COLOUR_FLAG = {
  color: {
    ...VALUE,
    choices: COLOUR_MODES,
    group: SHOWN,
    describe: 'Colours: auto, always or never; NO_COLOR is heeded',
    coerce: oneOf('--color', COLOUR_MODES),
  },
} satisfies FlagTable

const DETAIL_FLAGS = {
  quiet: {
    ...SWITCH,
    alias: 'q',
    conflicts: 'verbose',
    group: SHOWN,
    describe: 'Only the result, what went wrong besides, and questions: no progress',
  },
  verbose: {
    ...SWITCH,
    alias: 'v',
    group: SHOWN,
    describe: 'Also every connection and remote call, with its time',
  },
} satisfies FlagTable

const SHOWN_FLAGS = {
  diff: {
    ...SWITCH,
    alias: 'D',
    group: SHOWN,
    describe: 'Show which rules differ, marked + and −; check always does',
  },
  output: {
    ...VALUE,
    alias: 'o',
    choices: OUTPUT_FORMATS,
    group: SHOWN,
    describe: 'text; json: one document at the end; jsonl: a line for each event',
    coerce: oneOf('--output', OUTPUT_FORMATS),
  },
  strict: { ...SWITCH, group: SHOWN, describe: 'Count warnings as drift: exit 3' },
  ...DETAIL_FLAGS,
  ...COLOUR_FLAG,
} satisfies FlagTable

/**
 * What a run leaves behind, in this order. None of it changes what the run has come to: a file that could not be written
 * is a sentence on stderr, and exit code 2 where the run itself has 0; a command that failed is the sentence alone.
 */
export const AFTERWARDS_FLAGS = {
  metrics: {
    ...VALUE,
    group: AFTERWARDS,
    describe: "Write FILE.prom, for the textfile collector of Prometheus's node_exporter",
    coerce: fileOf('--metrics', { endings: ['.prom'] }),
  },
  report: {
    ...VALUE,
    group: AFTERWARDS,
    describe: 'Write FILE.html, a page to look at, or FILE.json, the document of --output json --diff',
    coerce: fileOf('--report', {
      endings: ['.html', '.json'],
      instead: '; --output json writes to standard output',
    }),
  },
  notify: {
    ...VALUE,
    group: AFTERWARDS,
    describe:
      'Run this shell command, with the document of --output json on its stdin, where the exit code is not 0 or a host was changed',
    coerce: textOf('--notify'),
  },
} satisfies FlagTable

const YES_FLAG = {
  ...SWITCH,
  alias: 'y',
  group: RUN,
  describe: 'On a terminal: neither plan first nor ask',
} as const

export const DEPLOY_FLAGS = {
  ...SELECTION_FLAGS,
  ...LOGIN_FLAGS,
  check: { ...SWITCH, alias: 'C', group: RUN, describe: 'Change nothing: the same as `mailfw check`' },
  yes: YES_FLAG,
  release: {
    ...SWITCH,
    group: RUN,
    describe: 'Also hosts that are held after a rollback; they are released by it',
  },
  'take-over': {
    ...SWITCH,
    group: RUN,
    describe: 'Rules in the other iptables backend go in the same attempt, but for those of other programs',
  },
  ...RUN_FLAGS,
  ...ROLLOUT_FLAGS,
  ...SHOWN_FLAGS,
  ...AFTERWARDS_FLAGS,
} satisfies FlagTable

/** Nobody is asked anything: it runs by the clock. */
export const ENFORCE_FLAGS = {
  ...SELECTION_FLAGS,
  ...LOGIN_FLAGS,
  only: {
    ...VALUE,
    choices: ['host'],
    group: RUN,
    describe: 'host: put back what was changed by hand, and leave what the inventory or mailfw changed',
    coerce: oneOf('--only', ['host']),
  },
  wait: {
    ...SWITCH,
    group: RUN,
    describe: 'Wait for another enforce of this inventory to end, instead of leaving at once',
  },
  'retry-seconds': {
    ...VALUE,
    group: RUN,
    describe: 'Try hosts that cannot be reached again, with growing pauses, for so long (300; 0: never)',
    coerce: wholeNumberOf('--retry-seconds', { least: 0, most: 86_400 }),
  },
  ...RUN_FLAGS,
  ...ROLLOUT_FLAGS,
  ...SHOWN_FLAGS,
  ...AFTERWARDS_FLAGS,
} satisfies FlagTable

export const ROLLBACK_FLAGS = {
  ...SELECTION_FLAGS,
  ...LOGIN_FLAGS,
  to: {
    ...VALUE,
    group: RUN,
    describe: 'The generation, as mailfw history lists it; 0: what was there before mailfw (the one before)',
    coerce: wholeNumberOf('--to', { least: 0, most: 999_999_999 }),
  },
  reason: {
    ...VALUE,
    group: RUN,
    describe: 'Why: check, status and enforce show it until a deploy --release',
    coerce: lineOf('--reason', { most: 200 }),
  },
  yes: YES_FLAG,
  ...RUN_FLAGS,
  ...ROLLOUT_FLAGS,
  ...SHOWN_FLAGS,
  ...AFTERWARDS_FLAGS,
} satisfies FlagTable

/** `check` takes whatever `deploy` takes, so that either word fits the same flags; what means nothing to it stays out of its help. */
export const CHECK_FLAGS = {
  ...DEPLOY_FLAGS,
  ports: {
    ...SWITCH,
    group: SHOWN,
    describe: 'Also what listens on each host, beside what the rules open',
  },
  check: { ...DEPLOY_FLAGS.check, hidden: true },
  yes: { ...DEPLOY_FLAGS.yes, hidden: true },
  release: { ...DEPLOY_FLAGS.release, hidden: true },
  batch: { ...DEPLOY_FLAGS.batch, hidden: true },
  'ask-between': { ...DEPLOY_FLAGS['ask-between'], hidden: true },
  'max-failures': { ...DEPLOY_FLAGS['max-failures'], hidden: true },
  'when-exceeded': { ...DEPLOY_FLAGS['when-exceeded'], hidden: true },
  confirm: { ...DEPLOY_FLAGS.confirm, hidden: true },
  'confirm-seconds': { ...DEPLOY_FLAGS['confirm-seconds'], hidden: true },
} satisfies FlagTable

export const HISTORY_FLAGS = {
  ...SELECTION_FLAGS,
  ...LOGIN_FLAGS,
  forks: RUN_FLAGS.forks,
  compare: {
    ...VALUE,
    nargs: 2,
    group: SHOWN,
    describe: 'Only what is different between these two generations: --compare 3 5',
    coerce: numberPairOf('--compare'),
  },
  diff: { ...SHOWN_FLAGS.diff, describe: 'Show all rules that each generation changed, marked + and −' },
  output: SHOWN_FLAGS.output,
  ...DETAIL_FLAGS,
  ...COLOUR_FLAG,
} satisfies FlagTable

/** What the help of `check` shows; nobody types `status` with the flags of a deploy. */
export const STATUS_FLAGS = {
  ...SELECTION_FLAGS,
  ...LOGIN_FLAGS,
  forks: RUN_FLAGS.forks,
  ...SHOWN_FLAGS,
} satisfies FlagTable

/** `confirm` and `revert` visit the one host that is named without a flag. */
export const BY_HAND_FLAGS = {
  'extra-vars': SELECTION_FLAGS['extra-vars'],
  ...LOGIN_FLAGS,
  output: SHOWN_FLAGS.output,
  ...DETAIL_FLAGS,
  ...COLOUR_FLAG,
} satisfies FlagTable

export const CONFIRM_FLAGS = { ...BY_HAND_FLAGS, allow: ALLOW_FLAG } satisfies FlagTable

export const RENDER_FLAGS = {
  ...SELECTION_FLAGS,
  out: {
    ...VALUE,
    group: SHOWN,
    describe: 'Write <host>/rules.v4 and rules.v6 into this directory',
    coerce: textOf('--out'),
  },
  family: {
    ...VALUE,
    choices: FAMILIES,
    group: SHOWN,
    describe: 'Only v4 or v6; with a --limit of one host the bare text',
    coerce: oneOf('--family', FAMILIES),
  },
  ...COLOUR_FLAG,
} satisfies FlagTable

/** Of what runs have left; no host is contacted. */
export const REPORT_FLAGS = {
  output: {
    ...VALUE,
    alias: 'o',
    choices: MERGED_FORMATS,
    group: SHOWN,
    describe: 'json: one document of all (the default); text: what a run would show at its end',
    coerce: oneOf('--output', MERGED_FORMATS),
  },
  ...COLOUR_FLAG,
  metrics: AFTERWARDS_FLAGS.metrics,
  report: AFTERWARDS_FLAGS.report,
} satisfies FlagTable

/** What a scheduled run is called with: nobody is there who could be asked for a password. */
export const SCHEDULED_FLAGS = {
  ...ENFORCE_FLAGS,
  'ask-pass': { ...ENFORCE_FLAGS['ask-pass'], hidden: true },
  'ask-become-pass': { ...ENFORCE_FLAGS['ask-become-pass'], hidden: true },
  'ask-between': { ...ENFORCE_FLAGS['ask-between'], hidden: true },
  confirm: { ...ENFORCE_FLAGS.confirm, hidden: true },
} satisfies FlagTable

/** `install` takes what the runs are to be called with too. */
export const SCHEDULE_FLAGS = {
  'on-calendar': {
    ...VALUE,
    group: SCHEDULE,
    describe: 'When, as in systemd.time(7): hourly (the default), daily, "Mon..Fri 04:00", "*:0/15"',
    coerce: textOf('--on-calendar'),
  },
  scope: {
    ...VALUE,
    choices: SCOPES,
    group: SCHEDULE,
    describe: 'Whose systemd: system (the default for root) or user (for everybody else)',
    coerce: oneOf('--scope', SCOPES),
  },
  yes: { ...YES_FLAG, group: SCHEDULE, describe: 'On a terminal: do not ask' },
  ...SCHEDULED_FLAGS,
} satisfies FlagTable

/** What a verb is called with. */
export type FlagValues<T extends FlagTable> = Readonly<InferredOptionTypes<T>> & {
  readonly inventory: string
}

type AnyFlags = typeof CHECK_FLAGS & typeof ENFORCE_FLAGS & typeof ROLLBACK_FLAGS & typeof HISTORY_FLAGS

/** Of every verb that logs in somewhere; each has some of these. */
export type FleetFlags = Partial<Omit<FlagValues<AnyFlags>, 'inventory'>> & {
  readonly inventory: string
}
/** Of `confirm` and `revert`. */
export type ByHandFlags = FleetFlags & { readonly host: string; readonly attempt: string }
export type ReportFlags = Partial<Readonly<InferredOptionTypes<typeof REPORT_FLAGS>>> & {
  readonly task: ReportTask
  readonly files: readonly string[]
}
export type RenderFlags = FlagValues<typeof RENDER_FLAGS>
export type ScheduleFlags = Partial<Omit<FlagValues<typeof SCHEDULE_FLAGS>, 'inventory'>> & {
  readonly inventory: string
  readonly action: ScheduleAction
}
