import { rememberRecent } from '../lib/recent.ts'

/** A chain of a table. A rule is everything behind `-A CHAIN `, without counters. */
export interface Chain {
  readonly name: string
  /** `undefined`: a user chain. */
  readonly policy: string | undefined
  readonly rules: readonly string[]
}

export interface Table {
  readonly name: string
  readonly chains: readonly Chain[]
}

/** The rules of one family. */
export type Ruleset = readonly Table[]

/** The text is not what iptables-save prints or iptables-restore reads. */
export class RulesetError extends Error {
  /** 1-based; absent where no single line is at fault. */
  readonly line: number | undefined
  /** The message without the line. */
  readonly problem: string

  constructor(message: string, line?: number) {
    super(line === undefined ? message : `line ${line}: ${message}`)
    this.name = 'RulesetError'
    this.line = line
    this.problem = message
  }
}

/**
 * Reads what iptables-save prints, or a rules file in that form: tables, `:CHAIN POLICY`, `-A`, COMMIT, with or
 * without counters and comments. A built-in chain that has rules and no declaration has the policy ACCEPT.
 * Throws RulesetError on anything else.
 */
export const parseRuleset: (text: string) => Ruleset = rememberRecent(readText, 64)

function readText(text: string): Ruleset {
  if (text === '') return []
  const lines = text.split('\n')
  if (lines.pop() !== '')
    throw new RulesetError('expected a newline at the end of the text', lines.length + 1)
  if (lines.length > MOST_LINES)
    throw new RulesetError(`expected at the most ${MOST_LINES} lines, got ${lines.length}`)
  const reader = new Reader()
  for (const [index, line] of lines.entries()) reader.read(line, index + 1)
  return reader.end(lines.length)
}

/** The text that iptables-restore reads, all counters zero. An empty ruleset is an empty text. */
export function formatRuleset(ruleset: Ruleset): string {
  return ruleset
    .map((table) => {
      const declarations = table.chains.map((chain) => `:${chain.name} ${chain.policy ?? '-'} [0:0]\n`)
      const rules = table.chains.flatMap((chain) =>
        chain.rules.map((rule) => `${ruleLine(chain.name, rule)}\n`),
      )
      return `*${table.name}\n${declarations.join('')}${rules.join('')}COMMIT\n`
    })
    .join('')
}

/** `-A CHAIN rule`; a rule without any match or target is empty. */
export function ruleLine(chain: string, rule: string, command: '-A' | '-D' = '-A'): string {
  return rule === '' ? `${command} ${chain}` : `${command} ${chain} ${rule}`
}

/** iptables-restore reads no longer one. Source: `buffer` in iptables-restore.c and xtables-restore.c. */
const LONGEST_LINE = 10_238

/** More than any host loads: here is where a text that never ends does. */
const MOST_LINES = 100_000

/** The kernel has five a family. */
const MOST_TABLES = 16

const TABLE = /^\*([a-z]+)$/
const DECLARATION = /^:([^ \t]+)[ \t]+([^ \t]+)(?:[ \t]+\[[0-9]+:[0-9]+\])?[ \t]*$/
const RULE = /^(?:\[[0-9]+:[0-9]+\][ \t]+)?-A[ \t]+([^ \t]+)(?:[ \t]+(.*))?$/s
const BUILT_IN = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']

interface OpenChain {
  readonly name: string
  readonly rules: string[]
  readonly firstRule: number
  policy: string | undefined
  declared: boolean
}

class Reader {
  readonly #tables: Table[] = []
  #name: string | undefined
  #chains = new Map<string, OpenChain>()

  read(line: string, number: number): void {
    if (line === '' || line.startsWith('#')) return
    if (line.length > LONGEST_LINE)
      throw new RulesetError(
        `expected at the most ${LONGEST_LINE} characters, got ${line.length}: "${line.slice(0, 80)}…"`,
        number,
      )
    if (this.#name === undefined) {
      this.#openTable(line, number)
      return
    }
    const isDeclaration = line.startsWith(':')
    const [, chain, policy] = (isDeclaration ? DECLARATION.exec(line) : null) ?? []
    const [, ruled, rule] = (isDeclaration ? null : RULE.exec(line)) ?? []
    if (line === 'COMMIT') this.#closeTable(this.#name)
    else if (chain !== undefined && policy !== undefined) this.#declare(chain, policy, number)
    else if (ruled !== undefined) this.#chain(ruled, number).rules.push(trimmedEnd(rule ?? ''))
    else
      throw new RulesetError(
        `expected ":CHAIN POLICY", "-A CHAIN …" or "COMMIT" in the table ${this.#name}, got "${line}"`,
        number,
      )
  }

  end(lines: number): Ruleset {
    if (this.#name !== undefined)
      throw new RulesetError(`expected "COMMIT" at the end of the table ${this.#name}`, lines)
    return this.#tables
  }

  #openTable(line: string, number: number): void {
    const [, name] = TABLE.exec(line) ?? []
    if (name === undefined)
      throw new RulesetError(`expected a table such as "*filter", got "${line}"`, number)
    if (this.#tables.some((table) => table.name === name))
      throw new RulesetError(`the table ${name} stands here twice`, number)
    if (this.#tables.length === MOST_TABLES)
      throw new RulesetError(`expected at the most ${MOST_TABLES} tables, got ${name} too`, number)
    this.#name = name
    this.#chains = new Map()
  }

  #declare(name: string, policy: string, number: number): void {
    const chain = this.#chain(name, number)
    if (chain.declared) throw new RulesetError(`the chain ${name} is declared twice`, number)
    chain.declared = true
    chain.policy = policy === '-' ? undefined : policy
  }

  #chain(name: string, number: number): OpenChain {
    const known = this.#chains.get(name)
    if (known !== undefined) return known
    const policy = BUILT_IN.includes(name) ? 'ACCEPT' : undefined
    const chain = { name, policy, rules: [], firstRule: number, declared: false }
    this.#chains.set(name, chain)
    return chain
  }

  #closeTable(name: string): void {
    const chains = [...this.#chains.values()]
    const stray = chains.find((chain) => !chain.declared && chain.policy === undefined)
    if (stray !== undefined)
      throw new RulesetError(
        `the chain ${stray.name} is not declared in the table ${name}; expected ":${stray.name} - [0:0]"`,
        stray.firstRule,
      )
    this.#tables.push({
      name,
      chains: chains.map((chain) => ({ name: chain.name, policy: chain.policy, rules: chain.rules })),
    })
    this.#name = undefined
  }
}

/** Old versions of iptables-save print a space at the end of a rule. */
function trimmedEnd(rule: string): string {
  return /[ \t]$/.test(rule) ? rule.replace(/(?<![ \t])[ \t]+$/, '') : rule
}
