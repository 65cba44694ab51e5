import { ruleLine } from './parse.ts'
import type { ChainChange, LiveRule, TableChange } from './table-change.ts'

/**
 * The lines that undo `forwardLines`, in the same order of commands and again by specification, so that foreign
 * rules which came or went meanwhile stay as they are.
 */
export function inverseLines({ chains }: TableChange): readonly string[] {
  const rewritten = chains.filter((chain) => chain.rewritten)
  const created = chains.filter((chain) => chain.before === undefined)
  const removed = chains.filter((chain) => chain.after === undefined)
  return [
    ...rewritten.flatMap(({ name, appended }) => appended.map((rule) => ruleLine(name, rule, '-D'))),
    ...created.map((chain) => `-F ${chain.name}`),
    ...created.map((chain) => `-X ${chain.name}`),
    ...chains
      .filter((chain) => chain.policyAfter !== chain.policyBefore)
      .map((chain) => `:${chain.name} ${chain.policyBefore ?? '-'} [0:0]`),
    ...removed.map((chain) => `:${chain.name} - [0:0]`),
    ...[...rewritten, ...removed].flatMap(broughtBack),
  ]
}

/**
 * Puts our old rules between the foreign ones, which stand first now. What stood behind the last of those is
 * appended. The rest is inserted, the hindmost gap first, so that numbers count foreign rules only: bans that came
 * meanwhile push our rules back without changing their order, and one that went leaves a place to insert at.
 */
function broughtBack({ name, before = [] }: ChainChange): readonly string[] {
  const lastForeign = before.findLastIndex((rule) => rule.foreign)
  const behind = before.slice(lastForeign + 1)
  return [
    ...gaps(before.slice(0, lastForeign + 1))
      .reverse()
      .flatMap((gap) =>
        gap.rules.map((rule, index) => `-I ${name} ${gap.foreignBefore + index + 1} ${rule}`.trimEnd()),
      ),
    ...behind.map((rule) => ruleLine(name, words(rule))),
  ]
}

interface Gap {
  readonly foreignBefore: number
  readonly rules: string[]
}

function gaps(rules: readonly LiveRule[]): Gap[] {
  const found: Gap[] = []
  let foreignBefore = 0
  for (const rule of rules) {
    const last = found.at(-1)
    if (rule.foreign) foreignBefore += 1
    else if (last?.foreignBefore === foreignBefore) last.rules.push(words(rule))
    else found.push({ foreignBefore, rules: [words(rule)] })
  }
  return found
}

/** The words that make the very same rule again, where they are known: two kinds of rules may print alike. */
function words(rule: LiveRule): string {
  return rule.spelled ?? rule.text
}
