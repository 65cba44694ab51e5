import type { Case } from '../cases.ts'
import type { ByFamily, FamilyName, Look } from './look.ts'
import { FAMILIES } from './look.ts'
import type { Rules } from './rules.ts'
import { flushed, foreignLines, isSame, ownRules, printed, withTables } from './rules.ts'

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
    if (isSame(own, changed) || (isBooted && isSame(own, wanted[family]))) return 'wanted'
    return tried.step.isCompared && flush(changed) ? 'wanted' : 'torn'
  })
}

/** Which files are saved. `torn` also where one is new and the other one old. */
export function whichSaved(tried: Case, { before, wantedText }: Expectation, { saved }: Look): Which {
  return both(tried, (family) => whichFile(saved[family], before.saved[family], wantedText[family]))
}

/** Whether each saved file is whole, though of different attempts. */
export function areWhole(tried: Case, { before, wantedText }: Expectation, { saved }: Look): boolean {
  return present(tried).every(
    (family) => whichFile(saved[family], before.saved[family], wantedText[family]) !== 'torn',
  )
}

/** What of other programs' rules is missing, or there although nobody brought it. */
export function foreignProblems(tried: Case, { before }: Expectation, { live }: Look): readonly string[] {
  const brings = tried.fault.allows?.brings ?? {}
  return present(tried).flatMap((family) => {
    const was = foreignLines(before.live[family])
    const is = foreignLines(live[family])
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
      ...(inOrder(was, is) || mayLose ? [] : [`foreign rules changed their order in ${family}`]),
    ]
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

function whichFile(is: string | undefined, was: string | undefined, wanted: string): Which {
  if (is === was) return 'old'
  return is === wanted ? 'wanted' : 'torn'
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
