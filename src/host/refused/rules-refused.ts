import type { Family } from '../../model/family.ts'
import { FAMILY } from '../../model/family.ts'
import type { Host } from '../../model/host.ts'
import { printable } from '../../lib/printable.ts'
import { placeOfRule } from '../../inventory/settings/rule-places.ts'
import { extensionsIn } from '../../ruleset/extensions.ts'
import type { FamilyExamination } from '../../remote/examine.ts'
import { templatePlace } from './template-place.ts'
import type { RestoreWords } from './words.ts'
import { restoreWordsOf } from './words.ts'

/** Why rules keep a host from being changed. */
export interface RulesObjection {
  readonly code: 'rules-refused' | 'missing-module' | 'no-legacy-tables'
  readonly message: string
  readonly fix?: string
}

interface Refused {
  readonly family: Family
  readonly words: RestoreWords
  /** The rule that was meant, as it was rendered; absent if none is named. */
  readonly rule: string | undefined
  /** Behind the rule: where it was written. */
  readonly place: string
}

/** Why the host does not load what was rendered. `live`: what it has now. */
export function refusedRules(
  host: Host,
  family: Family,
  { wanted, live, backend }: FamilyExamination,
  text: string,
  installModules: string | undefined,
): RulesObjection | undefined {
  if (wanted.kind !== 'refused') return undefined
  const words = restoreWordsOf(wanted.message)
  const rule = ruleOf(words, text)
  const place =
    rule === undefined ? undefined : (placeOfRule(host, family, rule) ?? templatePlace(host, rule))
  const refused = { family, words, rule, place: place === undefined ? '' : ` (${place})` }
  return (
    (backend === 'legacy' ? missingTable(refused) : undefined) ??
    missingModule(refused, installModules) ??
    missingChain(refused, live) ??
    missingLibrary(refused) ?? { code: 'rules-refused', message: refusal(refused, host) }
  )
}

function missingTable({ family, words: { table } }: Refused): RulesObjection | undefined {
  if (table === undefined) return undefined
  const { command } = FAMILY[family]
  return {
    code: 'no-legacy-tables',
    message: `${command} on the host is the legacy one, and its kernel has no table ${table} for it: this host has no firewall now`,
    fix: `update-alternatives --set iptables /usr/sbin/iptables-nft; update-alternatives --set ip6tables /usr/sbin/ip6tables-nft`,
  }
}

function missingModule(refused: Refused, install: string | undefined): RulesObjection | undefined {
  const { words, rule = '', place } = refused
  const [extension] = words.extensions
  if (extension === undefined) return undefined
  const names = words.extensions.join(', ')
  const without = words.extensions.flatMap((name) => WITHOUT[name.toLowerCase()] ?? [])
  const does =
    without.length === 0 ? '' : `; ${without.join(', ')} ${without.length === 1 ? 'does' : 'do'} without`
  const needs = rule === '' ? '' : `, which the rule ${quoted(rule)}${place} needs`
  return {
    code: 'missing-module',
    message: `the host's kernel has no module for the extension ${names}${needs}${does}`,
    fix: install ?? `modprobe -a ${words.extensions.map((name) => `xt_${name}`).join(' ')}`,
  }
}

/** The setting by which rules of ours do without an extension, if there is one. */
const WITHOUT: Readonly<Record<string, string>> = {
  comment: 'mailfw_comments: false',
  hashlimit: 'mailfw_ssh and services with limit: false',
  connlimit: 'services without connections',
  log: 'mailfw_log_dropped: false',
  limit: 'mailfw_log_dropped: false',
  multiport: 'a service of its own for each port',
}

function missingChain(
  { words: { chain }, rule = '', place }: Refused,
  live: string,
): RulesObjection | undefined {
  if (chain === undefined) return undefined
  const isLive = live.split('\n').some((line) => line.startsWith(`:${chain} `))
  const what = isLive
    ? `a chain that is on the host, but another program's: it is not there yet when the saved rules are loaded at boot. Leave that jump to the program`
    : 'which is neither a target nor a chain of these rules'
  return {
    code: 'rules-refused',
    message: `the rule ${quoted(rule)}${place} jumps to ${printable(chain, { most: 40 })}, ${what}`,
  }
}

function missingLibrary({ words: { library }, rule = '', place }: Refused): RulesObjection | undefined {
  return library === undefined
    ? undefined
    : {
        code: 'rules-refused',
        message: `the host's iptables knows no match ${printable(library, { most: 40 })}, which the rule ${quoted(rule)}${place} names`,
      }
}

function refusal({ family, words, rule, place }: Refused, { settings }: Host): string {
  const { command, rulesFile } = FAMILY[family]
  if (rule === undefined) {
    const first =
      settings.extraRules[family].length === 0 ? '' : `; look at mailfw_extra_rules.${family} first`
    return words.said === ''
      ? `the host's kernel does not take the rendered ${rulesFile}, and ${command} does not say which rule${first}`
      : `the host's ${command} refuses the rendered ${rulesFile}: ${words.said}`
  }
  return KERNEL_ONLY.test(words.said)
    ? `the host's kernel does not take the rule ${quoted(rule)}${place}`
    : `the host's ${command} refuses the rule ${quoted(rule)}${place}: ${words.said}`
}

/** What says no more than that the kernel refused it: each version and backend has its own words. */
const KERNEL_ONLY =
  /^(?:RULE_\w+ failed \((?:Invalid argument|No such file or directory)\): rule in chain \S+|No chain\/target\/match by that name|Invalid argument)?$/

/** The line that was named, else the first rule that has what is missing. */
function ruleOf({ line, chain, extensions, library }: RestoreWords, text: string): string | undefined {
  const lines = text.split('\n')
  const named = line === undefined ? undefined : lines[line - 1]
  if (chain === undefined && named?.startsWith('-A ')) return named
  const missing = [chain, library, ...extensions]
  return lines.find(
    (each) => each.startsWith('-A ') && extensionsIn(each).some((name) => missing.includes(name)),
  )
}

function quoted(rule: string): string {
  return `"${printable(rule, { most: 300 })}"`
}
