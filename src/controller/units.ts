import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import * as z from 'zod'
import { printable } from '../lib/printable.ts'
import type { Schedule } from './schedule.ts'
import { serviceSettings } from './service-settings.ts'
import { commandWord, pathWord, valueWord } from './unit-quote.ts'

/** A unit file. */
export interface Unit {
  /** Such as `mailfw-fleet-1a2b3c4d.timer`. */
  readonly name: string
  readonly text: string
}

export interface Units {
  readonly service: Unit
  readonly timer: Unit
}

/** What the units of an inventory are called, without their endings. `inventory` is an absolute path. */
export function unitName(inventory: string): string {
  const readable = basename(inventory)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
  const hash = createHash('sha256').update(inventory).digest('hex').slice(0, 8)
  return ['mailfw', ...(readable === '' ? [] : [readable]), hash].join('-')
}

/** The texts of both unit files: the same for the same schedule. */
export function makeUnits(schedule: Schedule): Units {
  const name = unitName(schedule.inventory)
  return {
    service: { name: `${name}.service`, text: serviceText(schedule) },
    timer: { name: `${name}.timer`, text: timerText(schedule, name) },
  }
}

/** A service that does something else once as the service would do its own work, and leaves in files what it says. */
export function makeTrial(
  schedule: Schedule,
  command: readonly string[],
  output: { readonly stdout: string; readonly stderr: string },
): Unit {
  const more = [
    'SuccessExitStatus=3 4 5 6',
    `StandardOutput=file:${output.stdout}`,
    `StandardError=file:${output.stderr}`,
  ]
  return {
    name: `${unitName(schedule.inventory)}-check.service`,
    text: serviceText({ ...schedule, command }) + lines(...more),
  }
}

/** The words of `mailfw schedule install` that a service was made of; absent where that text is not ours. */
export function wordsIn(service: string): readonly string[] | undefined {
  const line = service.split('\n').find((each) => each.startsWith(WORDS))
  try {
    return line === undefined ? undefined : z.array(z.string()).parse(JSON.parse(line.slice(WORDS.length)))
  } catch {
    return undefined
  }
}

const WORDS = '# mailfw schedule install '

function serviceText(schedule: Schedule): string {
  const { scope, command, environment, writable } = schedule
  return lines(
    head(schedule),
    '[Unit]',
    `Description=${description('Firewalls of', schedule)}`,
    'Documentation=man:iptables(8)',
    ...(scope === 'system' ? ['Wants=network-online.target', 'After=network-online.target'] : []),
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${command.map(commandWord).join(' ')}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${valueWord(`${name}=${value}`)}`),
    ...serviceSettings(schedule).map(([name, value]) => `${name}=${value}`),
    ...(scope === 'system' ? writable.map((path) => `ReadWritePaths=${pathWord(path)}`) : []),
  )
}

function timerText(schedule: Schedule, name: string): string {
  return lines(
    head(schedule),
    '[Unit]',
    `Description=${description('When to mend the firewalls of', schedule)}`,
    '',
    '[Timer]',
    `OnCalendar=${schedule.onCalendar}`,
    `RandomizedDelaySec=${schedule.delaySeconds}s`,
    // The same delay every time: as much time passes from run to run as the calendar says
    'FixedRandomDelay=true',
    'AccuracySec=1s',
    'Persistent=true',
    `Unit=${name}.service`,
    '',
    '[Install]',
    'WantedBy=timers.target',
  )
}

/** JSON has no line breaks. */
function head({ words }: Schedule): string {
  return `# Written by mailfw; install it again to change it:\n${WORDS}${JSON.stringify(words)}\n`
}

function description(what: string, { inventory }: Schedule): string {
  return printable(`${what} ${inventory}`, { most: 500 }).replaceAll('%', '%%').replace(/\\+$/, '')
}

function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('')
}
