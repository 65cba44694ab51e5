import { parseRuleset } from '../../src/ruleset/parse.ts'
import type { Backend, Kernel } from './kernel.ts'

/**
 * How `-D` has to write the live rules that iptables-save prints in other words than `-D` takes them for; asked
 * of the kernel by `-C`, as a host does it.
 */
export async function askSpellings(
  kernel: Kernel,
  backend: Backend,
  live: string,
): Promise<(table: string, rule: string) => string | undefined> {
  const known = new Map<string, string | undefined>()
  for (const table of parseRuleset(live)) {
    for (const chain of table.chains) {
      for (const rule of chain.rules) {
        const candidates = spellings(backend, rule)
        if (candidates.length === 1) continue
        const found: string[] = []
        for (const candidate of candidates)
          if (await kernel.knows(table.name, chain.name, candidate)) found.push(candidate)
        const twice = chain.rules.filter((other) => other === rule).length > 1
        const spelling = twice && found.length > 1 ? undefined : found[0]
        const key = `${table.name} ${rule}`
        known.set(key, known.has(key) && known.get(key) !== spelling ? undefined : spelling)
      }
    }
  }
  return (table, rule) => (known.has(`${table} ${rule}`) ? known.get(`${table} ${rule}`) : rule)
}

function spellings(backend: Backend, rule: string): readonly string[] {
  if (backend.family === 'v6')
    return backend.kind === 'legacy' && !/(^| )-p /.test(rule) ? [rule, `-p all ${rule}`] : [rule]
  const unmasked = rule.replace(/ --mask [^ ]+/g, '')
  const forms = [rule, unmasked].flatMap((form) => [form, form.replace(/ --connlimit-mask [^ ]+/g, '')])
  return [...new Set(forms)]
}
