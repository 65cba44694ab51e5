import type { FlagTable } from './flags.ts'
import {
  BY_HAND_FLAGS,
  CHECK_FLAGS,
  CONFIRM_FLAGS,
  DEPLOY_FLAGS,
  ENFORCE_FLAGS,
  HISTORY_FLAGS,
  RENDER_FLAGS,
  REPORT_FLAGS,
  ROLLBACK_FLAGS,
  SCHEDULE_FLAGS,
  STATUS_FLAGS,
} from './flags.ts'

const INVENTORY = 'inventories/example.yaml'
const ATTEMPT = 'mx1.example.net 4e1243bd22c66e76'
const ONE = ['inventory'] as const
const SCHEDULE = ['action', 'inventory'] as const
const REPORT = ['task', 'files'] as const
const PENDING = ['inventory', 'host', 'attempt'] as const

/** What a verb is told without a flag, in this order. */
export const POSITIONALS = {
  inventory: 'The inventory, in YAML',
  host: 'The name of one host of it',
  attempt: 'The attempt, as `mailfw status` names it',
  action: 'install, show or remove',
  task: 'merge',
  files: 'Documents of --output json or --report FILE.json',
} as const

/** The verbs as `--help` shows them. Nothing heavy is loaded for this. */
export const VERBS = {
  deploy: {
    describe: 'Bring the firewalls of all mail hosts to what the inventory says',
    positionals: ONE,
    flags: DEPLOY_FLAGS,
    examples: [
      [`$0 deploy ${INVENTORY}`, 'show the changes, ask, apply'],
      [`$0 deploy ${INVENTORY} --yes --limit mx`, 'the group mx, without a question'],
      [`$0 deploy ${INVENTORY} -u admin -b -K`, 'log in as admin, sudo with a password'],
    ],
  },
  check: {
    describe: 'Say which hosts drifted from the inventory; changes nothing',
    positionals: ONE,
    flags: CHECK_FLAGS,
    examples: [
      [`$0 check ${INVENTORY} --diff`, 'which hosts differ, and by which rules'],
      [`$0 check ${INVENTORY} --output json`, 'one document, for a program'],
    ],
  },
  status: {
    describe: 'Say how each host stands, and what runs have left there; changes nothing',
    positionals: ONE,
    flags: STATUS_FLAGS,
    examples: [
      [`$0 status ${INVENTORY}`, 'who needs attention, worst first'],
      [`$0 status ${INVENTORY} --output json`, 'one document, for a program'],
    ],
  },
  enforce: {
    describe: 'Put right every host that drifted, as a deploy does, without a question',
    positionals: ONE,
    flags: ENFORCE_FLAGS,
    examples: [
      [`$0 enforce ${INVENTORY}`, 'for a timer or cron'],
      [`$0 enforce ${INVENTORY} --only host`, 'only what was changed by hand'],
    ],
  },
  rollback: {
    describe: 'Bring an older generation back, and hold it until a deploy --release',
    positionals: ONE,
    flags: ROLLBACK_FLAGS,
    examples: [
      [`$0 rollback ${INVENTORY} --reason 'senders are turned away'`, 'the generation before'],
      [`$0 rollback ${INVENTORY} --limit mx1.example.net --to 0`, 'what was there before mailfw'],
    ],
  },
  history: {
    describe: 'List the generations of each host and what they changed; changes nothing',
    positionals: ONE,
    flags: HISTORY_FLAGS,
    examples: [
      [`$0 history ${INVENTORY} --limit mx1.example.net`, 'when, by whom, what'],
      [`$0 history ${INVENTORY} --compare 3 5`, 'what is different between two of them'],
    ],
  },
  confirm: {
    describe: 'Confirm a pending attempt by hand, if its rules are those of the inventory',
    positionals: PENDING,
    flags: CONFIRM_FLAGS,
    examples: [[`$0 confirm ${INVENTORY} ${ATTEMPT}`, 'keep what is live there']],
  },
  revert: {
    describe: 'Put the old rules of a pending attempt back now',
    positionals: PENDING,
    flags: BY_HAND_FLAGS,
    examples: [[`$0 revert ${INVENTORY} ${ATTEMPT}`, 'do not wait for its guard']],
  },
  render: {
    describe: 'Write what deploy would send; contacts no host',
    positionals: ONE,
    flags: RENDER_FLAGS,
    examples: [
      [`$0 render ${INVENTORY} --out build`, 'build/<host>/rules.v4, rules.v6'],
      [`$0 render ${INVENTORY} --limit mx1.example.net --family v4`, 'one bare rules.v4'],
    ],
  },
  report: {
    describe: 'Join what the shards of a run have written as JSON; contacts no host',
    positionals: REPORT,
    flags: REPORT_FLAGS,
    examples: [
      ['$0 report merge shard-*.json', 'one document, and the exit code of the whole'],
      ['$0 report merge shard-*.json -o text --report fleet.html', 'the end of the run, and a page'],
    ],
  },
  schedule: {
    describe: 'Let systemd mend the firewalls every hour, or when you like',
    positionals: SCHEDULE,
    flags: SCHEDULE_FLAGS,
    examples: [
      [`$0 schedule install ${INVENTORY}`, 'every hour'],
      [`$0 schedule install ${INVENTORY} --on-calendar daily --limit mx`, 'the group mx, every night'],
      [`$0 schedule show ${INVENTORY}`, 'what is installed, when it runs, how the last run ended'],
      [`$0 schedule remove ${INVENTORY}`, 'no more of it'],
    ],
  },
} as const

export type VerbName = keyof typeof VERBS

/** The verb that a command line names. */
export function verbIn(words: readonly string[]): VerbName | undefined {
  return words.find((word): word is VerbName => Object.hasOwn(VERBS, word))
}

interface Flag {
  /** As they are typed, such as `--limit` and `-l`. */
  readonly words: readonly string[]
  readonly takesValue: boolean
  readonly choices: readonly string[]
  readonly hidden: boolean
}

export function flagsOf(verb: VerbName): readonly Flag[] {
  const table: FlagTable = VERBS[verb].flags
  return Object.entries(table).map(([name, option]) => ({
    words: [name, ...[option.alias ?? []].flat()].map(flagWord),
    takesValue: option.type === 'string',
    choices: (option.choices ?? []).map(String),
    hidden: option.hidden === true,
  }))
}

/** `-l`, `--limit` */
export function flagWord(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`
}

export const EXIT_CODES = `Exit codes:
  0  every host is as wanted, or held and left so by enforce
  1  a bug in mailfw
  2  the command, the inventory or a template is wrong; no host was contacted;
     or every host is as wanted, but the result, the report or the metrics could not be written
  3  check, status or history found drift or a host that is held, or status found what needs attention;
     enforce --only host left what the inventory changed
  4  a host failed, could not be reached, was skipped, or is held and was to be deployed to
  5  a host was reverted: its old rules are back (0 where mailfw revert asked for that)
  6  the state of a host is unknown, or it could not be reverted`
