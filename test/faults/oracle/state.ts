import type { Case } from '../cases.ts'
import type { ByFamily, FamilyName, Look } from './look.ts'
import { FAMILIES } from './look.ts'
import type { Rules } from './rules.ts'
import { flushed, foreignLines, isSame, ownRules, printed, readRules, tablesOf, withTables } from './rules.ts'

/** What a host had and what it is to get. */
export interface Expectation {
  readonly before: Look
  /** What its old saved files bring at boot. */
  readonly loaded: ByFamily<Rules>
  /** The rendered files. */
  readonly wantedText: ByFamily<string>
  /** The same as the host's own iptables prints them when they are all that is loaded. */
  readonly wanted: ByFamily<Rules>
  readonly wantedTables: ByFamily<ReadonlySet<string>>
}

/** `torn`: neither the old ones nor the new ones, or not the same in both families. */
export type Which = 'old' | 'wanted' | 'torn'

/** Which rules are live, foreign ones aside; `isBooted`: since the host was rebooted. */
export function whichLive(
  tried: Case,
  { before, loaded, wanted, wantedTables }: Expectation,
  { live }: Look,
  isBooted = tried.fault.reboots === true,
): Which {
  return both(tried, (family) => {
    const own = ownRules(live[family])
    const old = isBooted ? loaded[family] : ownRules(before.live[family])
    const changed = withTables(old, wantedTables[family], wanted[family])
    const flush = (rules: Rules) => isFlushed(tried, family) && isSame(own, flushed(rules))
    if (isSame(own, old) || flush(old)) return 'old'
    const wasSaved = isBooted && tried.fault.allows?.saves === true
    const was = ownRules(before.live[family])
    if (wasSaved && isSame(own, was)) return 'old'
    if (wasSaved && isSame(own, withTables(was, wantedTables[family], wanted[family]))) return 'wanted'
    if (isSame(own, changed) || (isBooted && isSame(own, wanted[family]))) return 'wanted'
    return tried.step.isCompared && flush(changed) ? 'wanted' : 'torn'
  })
}

/** Which files are saved. `torn` also where one is new and the other one old. */
export function whichSaved(tried: Case, { before, wantedText }: Expectation, { saved }: Look): Which {
  return both(tried, (family) => {
    const text = saved[family]
    const isOfOld =
      tried.fault.allows?.saves === true &&
      text !== undefined &&
      isSame(ownRules(readRules(text)), ownRules(before.live[family]))
    return isOfOld ? 'old' : whichFile(tried, text, before.saved[family], wantedText[family])
  })
}

/** Whether each saved file is whole, though of different attempts. */
export function areWhole(tried: Case, { before, wantedText }: Expectation, { saved }: Look): boolean {
  return present(tried).every(
    (family) => whichFile(tried, saved[family], before.saved[family], wantedText[family]) !== 'torn',
  )
}

/** What of other programs' rules is missing, or there although nobody brought it. */
export function foreignProblems(tried: Case, { before }: Expectation, after: Look): readonly string[] {
  return [
    ...present(tried).flatMap((family) => foreignProblemsOf(tried, family, before, after)),
    ...nativeProblems(tried, before, after),
  ]
}

function foreignProblemsOf(tried: Case, family: FamilyName, before: Look, after: Look): readonly string[] {
  const { brings = {}, reorders = false } = tried.fault.allows ?? {}
  const was = foreignLines(before.live[family])
  const is = foreignLines(after.live[family])
  const marks = brings[family] ?? []
  const mayLose = isFlushed(tried, family)
  const lost = mayLose ? [] : was.filter((line) => !is.includes(line))
  const isBrought = (line: string) => marks.length > 0 || was.includes(line)
  return [
    ...lost.map((line) => `a foreign rule is gone: ${family} ${line}`),
    ...is.filter((line) => !isBrought(line)).map((line) => `a foreign rule came: ${family} ${line}`),
    ...marks
      .filter((mark) => !is.some((line) => line.includes(mark)))
      .map((mark) => `what came meanwhile is gone: ${family} ${mark}`),
    ...(inOrder(was, is) || mayLose || reorders ? [] : [`foreign rules changed their order in ${family}`]),
  ]
}

/** Of all tables of nft, once each, and of the backend that the host did not use. */
function nativeProblems(tried: Case, before: Look, after: Look): readonly string[] {
  const lost = tried.fault.allows?.flushes === true ? [] : without(before.native, after.native)
  return [
    ...lost.map((line) => `nft no longer has: ${line}`),
    ...present(tried)
      .filter((family) => !isSame(before.other[family], after.other[family]))
      .map((family) => `the other backend has other ${family} rules:\n${printed(after.other[family])}`),
  ]
}

/** Each of the second is taken for one of the first. */
function without(first: readonly string[], second: readonly string[]): readonly string[] {
  const left = [...second]
  return first.filter((line) => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/** How live differs, for whoever mends it. */
export function describeLive(tried: Case, { live }: Look): string {
  return present(tried)
    .map((family) => `${family}:\n${printed(live[family])}`)
    .join('\n')
}

function both(tried: Case, which: (family: FamilyName) => Which): Which {
  const [first = 'torn', second = first] = present(tried).map(which)
  return first === second ? first : 'torn'
}

function isFlushed({ fault }: Case, family: FamilyName): boolean {
  return fault.allows?.flushes === true && family === 'v4'
}

function whichFile({ fault }: Case, is: string | undefined, was: string | undefined, wanted: string): Which {
  if (is === was) return 'old'
  return is?.startsWith(wanted) === true && (fault.allows?.saves === true || keepsOthers(is, was, wanted))
    ? 'wanted'
    : 'torn'
}

/** Whether the tables that wanted does not name are the old file's. */
function keepsOthers(is: string, was = '', wanted = ''): boolean {
  return isSame(readRules(is), withTables(readRules(was), tablesOf(wanted), readRules(wanted)))
}

function present({ kind }: Case): readonly FamilyName[] {
  return kind.ipv6 === 'on' ? FAMILIES : ['v4']
}

/** Whether what stands in both stands in the same order. */
function inOrder(was: readonly string[], is: readonly string[]): boolean {
  const left = was.filter((line) => is.includes(line))
  const right = is.filter((line) => was.includes(line))
  return left.every((line, index) => line === right[index])
}
