import { normalForm } from '../../src/ruleset/normal-form.ts'
import { parseRuleset, ruleLine } from '../../src/ruleset/parse.ts'
import { FOREIGN } from './transaction-cases.ts'

const TABLES = ['raw', 'mangle', 'nat', 'filter', 'security']

/** Everything, whoever it belongs to; only the order of chains and tables that hold nothing are left out. */
export function everything(text: string): string {
  return normalForm(text, { tables: TABLES, foreign: '^$' })
}

/** What no other program keeps. */
export function ours(text: string): string {
  return normalForm(text, { tables: TABLES, foreign: FOREIGN })
}

/** Every rule, sorted: what is there, wherever it stands. */
export function rules(text: string): readonly string[] {
  return parseRuleset(text)
    .flatMap((table) =>
      table.chains.flatMap((chain) =>
        chain.rules.map((rule) => `${table.name} ${ruleLine(chain.name, rule)}`),
      ),
    )
    .sort()
}
