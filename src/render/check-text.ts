import type { Rule } from './check-rule.ts'
import { checkRule } from './check-rule.ts'
import { LimitNames } from './limit-names.ts'
import type { TextFault } from './line-fault.ts'
import { LineFault } from './line-fault.ts'

/**
 * What iptables-restore would refuse for its form, or read otherwise than meant: whole tables, a newline at the end,
 * lines that are a comment, a table, a chain or a rule, and the lengths that the tools and the kernel have. What a
 * rule means is not its concern. `readRule` may remember what it read.
 */
export function checkText(text: string, readRule: (content: string) => Rule = checkRule): TextFault[] {
  const lines = text.split('\n')
  const unended = lines.at(-1) !== ''
  if (!unended) lines.pop()
  const check = new TextCheck(readRule)
  for (const [index, content] of lines.entries()) check.line(index + 1, content)
  check.end(lines.length)
  if (unended) check.faults.push({ line: lines.length, message: 'expected a newline at the end' })
  return [...check.faults, ...check.limits.faults]
}

/** The tables of the kernel, with the chains that they have by themselves. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** XT_EXTENSION_MAXNAMELEN in linux/netfilter/x_tables.h, without its NUL. */
const CHAIN_CHARACTERS = 28

/** The buffer that iptables-restore reads a line into. */
const LINE_BYTES = 10_240

interface Table {
  readonly name: string
  readonly chains: Set<string>
}

class TextCheck {
  readonly faults: TextFault[] = []
  readonly limits = new LimitNames()
  readonly #readRule: (content: string) => Rule
  readonly #tables = new Set<string>()
  #table: Table | undefined

  constructor(readRule: (content: string) => Rule) {
    this.#readRule = readRule
  }

  line(line: number, content: string): void {
    try {
      if (content.length * 3 >= LINE_BYTES && Buffer.byteLength(content) >= LINE_BYTES)
        throw new LineFault(`a line of less than ${LINE_BYTES} bytes`)
      if (content !== '' && !content.startsWith('#')) this.#statement(line, content)
    } catch (fault) {
      if (!(fault instanceof LineFault)) throw fault
      this.faults.push({ line, message: fault.message })
    }
  }

  end(line: number): void {
    if (this.#table !== undefined)
      this.faults.push({ line, message: `expected COMMIT of *${this.#table.name}, found the end` })
    if (this.#tables.size === 0) this.faults.push({ line, message: 'expected a table, found none' })
  }

  #statement(line: number, content: string): void {
    if (content.startsWith('*')) {
      this.#begin(content)
      return
    }
    if (this.#table === undefined) throw new LineFault('*TABLE before anything else', content)
    if (content === 'COMMIT') this.#table = undefined
    else if (content.startsWith(':')) this.#table.chains.add(chainName(content))
    else this.#rule(line, content, this.#table)
  }

  #rule(line: number, content: string, table: Table): void {
    const { chain, limits } = this.#readRule(content)
    if (!table.chains.has(chain)) throw new LineFault(`a chain that *${table.name} declares before`, chain)
    for (const limit of limits) this.limits.add(line, limit)
  }

  #begin(content: string): void {
    const name = content.slice(1)
    const chains = Object.hasOwn(TABLES, name) ? TABLES[name] : undefined
    const open = this.#table
    const again = this.#tables.has(name)
    this.#table = { name, chains: new Set(chains) }
    this.#tables.add(name)
    if (open !== undefined) throw new LineFault(`COMMIT of *${open.name}`, content)
    if (chains === undefined)
      throw new LineFault(`one of the tables *${Object.keys(TABLES).join(', *')}`, content)
    if (again) throw new LineFault('each table once', content)
  }
}

function chainName(content: string): string {
  const name = /^:(\S+) (?:ACCEPT|DROP|-)(?: \[\d+:\d+\])?$/.exec(content)?.[1]
  if (name === undefined)
    throw new LineFault(':CHAIN ACCEPT [0:0], :CHAIN DROP [0:0] or :CHAIN - [0:0]', content)
  if (name.length > CHAIN_CHARACTERS)
    throw new LineFault(`a chain name of at most ${CHAIN_CHARACTERS} characters`, name)
  return name
}
