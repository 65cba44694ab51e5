import { parseRuleset } from '../../src/ruleset/parse.ts'
import type { Spelling } from '../../src/ruleset/transaction.ts'
import type { Backend, Kernel } from './kernel.ts'

/**
 * How `-D` has to write the live rules that iptables-save prints in other words than `-D` takes them for; asked
 * of the kernel by `-C`, as a host does it.
 */
export async function askSpellings(kernel: Kernel, backend: Backend, live: string): Promise<Spelling> {
  const known = new Map<string, string | undefined>()
  for (const table of parseRuleset(live)) {
    for (const { name, rules } of table.chains) {
      for (const rule of new Set(rules)) {
        const candidates = spellings(backend, rule)
        if (candidates.length === 1) continue
        const isAlone = rules.indexOf(rule) === rules.lastIndexOf(rule)
        const found: string[] = []
        for (const candidate of candidates) {
          if (isAlone && found.length > 0) break
          if (await kernel.knows(table.name, name, candidate)) found.push(candidate)
        }
        known.set(`${table.name} ${name} ${rule}`, found.length === 1 ? found[0] : undefined)
      }
    }
  }
  return ({ table, chain, rule }) => {
    const key = `${table} ${chain} ${rule}`
    return known.has(key) ? known.get(key) : rule
  }
}

/** Facts of iptables 1.8.9: IPv4 `recent` and `connlimit` written without a mask, legacy IPv6 rules written with `-p all`. */
function spellings(backend: Backend, rule: string): readonly string[] {
  if (backend.family === 'v6')
    return backend.kind === 'legacy' && !/(^| )-p /.test(rule) ? [rule, `-p all ${rule}`] : [rule]
  const unmasked = rule.replace(/ --mask [^ ]+/g, '')
  const forms = [rule, unmasked].flatMap((form) => [form, form.replace(/ --connlimit-mask [^ ]+/g, '')])
  return [...new Set(forms)]
}
