import { basename } from 'node:path'
import { nearest } from '../inventory/nearest.ts'
import { HOST_SHARE, HOST_SHARES, hostShare, hostShares } from '../inventory/host-share.ts'
import { isOverridable, OVERRIDABLE_CODES } from '../model/outcome.ts'
import type { OverridableCode } from '../model/outcome.ts'
import type { Shard } from '../model/shard.ts'
import { isShard, MOST_SHARDS } from '../model/shard.ts'
import { UsageError } from './usage-error.ts'

/** Reads the value of a flag; where it was given more than once, the last one counts, as in Ansible. */
export function textOf(flag: string): (given: unknown) => string | undefined {
  return (given) => {
    const value = last(given)
    if (value === undefined) return undefined
    if (typeof value !== 'string' || value === '')
      throw new UsageError(`${flag}: expected a value, got none.`)
    return value
  }
}

/** The path of a file to write, whose ending says what it will hold. */
export function fileOf(
  flag: string,
  { endings, instead = '' }: { readonly endings: readonly string[]; readonly instead?: string },
): (given: unknown) => string | undefined {
  const text = textOf(flag)
  return (given) => {
    const path = text(given)
    if (path === undefined || endings.some((ending) => basename(path) !== ending && path.endsWith(ending)))
      return path
    const expected = `expected a file whose name ends in ${endings.join(' or ')}`
    throw new UsageError(`${flag}: ${expected}, got ${JSON.stringify(path)}${path === '-' ? instead : ''}.`)
  }
}

export function wholeNumberOf(
  flag: string,
  range: { least: number; most: number },
): (given: unknown) => number | undefined {
  return (given) => {
    const value = last(given)
    if (value === undefined) return undefined
    const number = typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (number >= range.least && number <= range.most) return number
    throw new UsageError(
      `${flag}: expected a whole number from ${range.least} to ${range.most}, got ${JSON.stringify(value)}.`,
    )
  }
}

/** Numbers of hosts or percentages, such as 1,10%,100%; as they were typed, for they may be typed again. */
export function sharesOf(flag: string): (given: unknown) => string | undefined {
  return checkedTextOf(flag, (text) => hostShares(text) !== undefined, HOST_SHARES)
}

/** A number of hosts or a percentage, as it was typed. */
export function shareOf(flag: string): (given: unknown) => string | undefined {
  return checkedTextOf(flag, (text) => hostShare(text, 0) !== undefined, HOST_SHARE)
}

function checkedTextOf(
  flag: string,
  isGood: (text: string) => boolean,
  expected: string,
): (given: unknown) => string | undefined {
  const text = textOf(flag)
  return (given) => {
    const value = text(given)
    if (value === undefined || isGood(value)) return value
    throw new UsageError(`${flag}: expected ${expected}, got ${JSON.stringify(value)}.`)
  }
}

/** A short text without control characters, for a line of its own. */
export function lineOf(flag: string, { most }: { most: number }): (given: unknown) => string | undefined {
  const text = textOf(flag)
  return (given) => {
    const value = text(given)
    if (value === undefined) return value
    if (value.trim() !== '' && value.length <= most && !/\p{Cc}/u.test(value)) return value
    throw new UsageError(
      `${flag}: expected one line of words, of at most ${most} characters, got ${JSON.stringify(value.slice(0, most))}.`,
    )
  }
}

/** Codes of refusals with commas between, also of a repeated flag. One text, so that it can be typed again. */
export function overridableCodesOf(flag: string): (given: unknown) => string | undefined {
  const texts = textsOf(flag)
  return (given) => {
    if (given === undefined) return undefined
    const codes = texts([given].flat()).flatMap((text) => text.split(','))
    const unknown = codes.find((code) => !isOverridable(code))
    if (unknown === undefined) return [...new Set(codes)].join(',')
    const expected = `expected codes of refusals that can be overridden (${OVERRIDABLE_CODES.join(', ')})`
    const meant = nearest(unknown, OVERRIDABLE_CODES)
    const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`
    throw new UsageError(`${flag}: ${expected}, got ${JSON.stringify(unknown)}${hint}.`)
  }
}

/** What `--allow` was given, as a set. */
export function allowedCodes(text: string | undefined): ReadonlySet<OverridableCode> {
  return new Set((text ?? '').split(',').filter(isOverridable))
}

/** Two whole numbers that are not the same. */
export function numberPairOf(flag: string): (given: unknown) => readonly [number, number] | undefined {
  return (given) => {
    if (given === undefined) return undefined
    const values: readonly unknown[] = Array.isArray(given) ? given.slice(-2) : [given]
    const [first, second] = values.map((value) =>
      typeof value === 'string' && /^[0-9]{1,9}$/.test(value) ? Number(value) : undefined,
    )
    if (first !== undefined && second !== undefined && first !== second) return [first, second]
    throw new UsageError(`${flag}: expected two different generations, such as 3 5, got ${values.join(' ')}.`)
  }
}

/** Which part of how many. */
export function shardOf(flag: string): (given: unknown) => Shard | undefined {
  return (given) => {
    const value = last(given)
    if (value === undefined || isShard(value)) return value
    throw new UsageError(
      `${flag}: expected K/N such as 2/8, with K from 1 to N and N at most ${MOST_SHARDS}, got ${JSON.stringify(value)}.`,
    )
  }
}

export function oneOf<const T extends string>(
  flag: string,
  values: readonly T[],
): (given: unknown) => T | undefined {
  return (given) => {
    const value = last(given)
    if (value === undefined) return undefined
    const known = values.find((each) => each === value)
    if (known !== undefined) return known
    throw new UsageError(`${flag}: expected ${values.join(', ')}, got ${JSON.stringify(value)}.`)
  }
}

/** An attempt's id, as `apply` makes them. */
export function attemptId(given: unknown): string {
  if (typeof given === 'string' && /^[0-9a-f]{16}$/.test(given)) return given
  throw new UsageError(
    `ATTEMPT: expected 16 hexadecimal digits, as mailfw status shows them, got ${JSON.stringify(given)}.`,
  )
}

/** What may be done with a schedule. */
export const SCHEDULE_ACTIONS = ['install', 'show', 'remove'] as const

export type ScheduleAction = (typeof SCHEDULE_ACTIONS)[number]

export function scheduleAction(given: unknown): ScheduleAction {
  const action = SCHEDULE_ACTIONS.find((each) => each === given)
  if (action !== undefined) return action
  throw new UsageError(`ACTION: expected ${SCHEDULE_ACTIONS.join(', ')}, got ${JSON.stringify(given)}.`)
}

/** What may be done with the documents of runs. */
export const REPORT_TASKS = ['merge'] as const

export type ReportTask = (typeof REPORT_TASKS)[number]

export function reportTask(given: unknown): ReportTask {
  if (given === 'merge') return given
  throw new UsageError(`TASK: expected merge, got ${JSON.stringify(given)}.`)
}

/** Whether a flag without a value was given. */
export function given(value: unknown): boolean {
  return last(value) === true
}

/** All values of a flag that may be given more than once. */
export function textsOf(flag: string): (given: unknown) => readonly string[] {
  const text = textOf(flag)
  return (values) => {
    const list: readonly unknown[] = Array.isArray(values) ? values : []
    return list.flatMap((value) => text(value) ?? [])
  }
}

function last(value: unknown): unknown {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.at(-1)
}
