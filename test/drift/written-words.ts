import type { Difference } from '../../src/model/outcome.ts'
import { isForeign } from './kernel-hosts.ts'
import { asPrinted } from './printed.ts'
import { readSave } from './save-text.ts'

/**
 * Puts a difference that speaks of a wanted rule as this host's iptables prints it into the words in which it is wanted,
 * which the oracle knows. `live`: what the host prints of it.
 */
export function inWrittenWords(wanted: string, live: string): (difference: Difference) => Difference {
  const words = new Map<string, string>()
  for (const table of readSave(wanted)) {
    const printed = readSave(live).find(({ name }) => name === table.name)
    for (const chain of table.chains) {
      const lines = rulesOf(printed?.chains.find(({ name }) => name === chain.name)?.rules ?? [], chain.name)
      const written = rulesOf(chain.rules.flatMap(asPrinted), chain.name)
      if (lines.length === written.length)
        for (const [index, line] of lines.entries())
          words.set(`${table.name} ${line}`, written[index] ?? line)
    }
  }
  return (difference) => {
    const line = difference.line.slice('+ '.length)
    return {
      ...difference,
      line: difference.line.replace(line, () => words.get(`${difference.table} ${line}`) ?? line),
    }
  }
}

function rulesOf(rules: readonly string[], chain: string): readonly string[] {
  return rules.map((rule) => `-A ${chain} ${rule}`).filter((line) => !isForeign(line))
}
