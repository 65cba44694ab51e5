import { printable } from '../../lib/printable.ts'
import type { Family } from '../../model/family.ts'
import { FAMILIES } from '../../model/family.ts'
import type { FamilyExamination, NativeRule } from '../../remote/examine.ts'
import { nativeRule } from '../../remote/examine.ts'

/** Why rules of nft's own keep a host from being changed. */
export interface NativeObjection {
  readonly code: 'native-nft'
  readonly message: string
  readonly fix?: string
}

/** Of rules of nft's own that a plan would not leave as they are, by family; nothing if there is none. */
export function lostNativeRule(
  lostNative: Partial<Record<Family, readonly string[]>>,
  families: Partial<Record<Family, Pick<FamilyExamination, 'native'>>>,
): NativeObjection | undefined {
  for (const family of FAMILIES) {
    const lost = new Set(lostNative[family])
    const rules = families[family]?.native.filter((rule) => lost.has(nativeLine(rule))) ?? []
    const [first] = rules
    if (first === undefined) continue
    const where = inTable(family, first.table)
    return {
      code: 'native-nft',
      message: `the table ${where} has ${named(rules)}, which iptables takes for "${shown(first.printed)}": a change would lose it; ${remedy(first, "write it into mailfw_extra_rules, or into a table of nft's own")}`,
      ...deletion(where, first),
    }
  }
  return undefined
}

/** A table that iptables leaves out of what it prints, because of one of these rules if it is known. */
export function unreadableTable(
  family: Family,
  table: string,
  native: readonly NativeRule[],
): NativeObjection {
  const where = inTable(family, table)
  const rules = native.filter((rule) => rule.table === table)
  const [first] = rules
  return {
    code: 'native-nft',
    message: `iptables cannot read the table ${where}, because of ${named(rules)}; ${remedy(first, "move that into a table of nft's own")}`,
    ...(first && deletion(where, first)),
  }
}

/** The same from what host.sh says if iptables-save fails: the family, and a line for each rule. */
export function unprintable(detail: string): string {
  const [family, lines = ''] = detail.split(/\t(.*)/s)
  const rules = lines.split('\n').map(nativeRule)
  return unreadableTable(family === 'v6' ? 'v6' : 'v4', rules[0]?.table ?? '', rules).message
}

/** As host.sh prints a rule, and where it stands. */
export function nativeLine({ table, printed }: Pick<NativeRule, 'table' | 'printed'>): string {
  return `${table} ${printed}`
}

function named([first, ...more]: readonly NativeRule[]): string {
  if (first === undefined) return 'rules that only nft knows'
  const others = more.length === 0 ? '' : ` and ${more.length} more`
  return `the nft rule "${shown(first.rule)}" in the chain ${shown(first.chain)}${others}`
}

/** As nft calls it. */
function inTable(family: Family, table: string): string {
  return `${family === 'v4' ? 'ip' : 'ip6'} ${shown(table)}`
}

function shown(text: string): string {
  return printable(text, { most: 300 })
}

function remedy(rule: NativeRule | undefined, sentence: string): string {
  return rule === undefined || onlyCloses(rule)
    ? sentence
    : 'it may be what lets you in: before you delete it, write its like into mailfw_extra_rules or mailfw_ssh'
}

/** Whether it drops or rejects, and does nothing else that packets may need to come in. */
function onlyCloses({ rule }: NativeRule): boolean {
  const words = rule.replaceAll(/"[^"]*"/g, '""').replace(/ comment ""$/, '')
  return (
    /(?:^| )(?:drop|reject(?: with [\w -]+)?)$/.test(words) &&
    !/\b(?:accept|jump|goto|v?map|queue)\b/.test(words)
  )
}

/** Only of words that no shell changes: a person may copy the command; and only of a rule whose end closes nothing. */
function deletion(where: string, rule: NativeRule): { readonly fix?: string } {
  const { chain, handle } = rule
  const words = [...where.split(' '), chain, handle]
  return onlyCloses(rule) && words.every((word) => /^[\w.-]+$/.test(word))
    ? { fix: `nft delete rule ${where} ${chain} handle ${handle}` }
    : {}
}
