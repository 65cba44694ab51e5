// What iptables-save prints, read without any code of mailfw.

/** The rules of one family: `TABLE CHAIN` to its policy and rules, for chains that mean something. */
export type Rules = ReadonlyMap<string, Chain>

export interface Chain {
  /** `ACCEPT` or `DROP` of a builtin chain, `-` of a user's. */
  readonly policy: string
  readonly rules: readonly string[]
}

/** Reads a dump. A builtin chain with policy ACCEPT and no rule is as if it were not there. */
export function readRules(dump: string): Rules {
  const chains = new Map<string, { policy: string; rules: string[] }>()
  let table = ''
  for (const line of dump.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    const [, name = '', policy = ''] = /^:(\S+) (\S+)/.exec(line) ?? []
    if (name !== '') chains.set(`${table} ${name}`, { policy, rules: [] })
    const [, chain = '', rule = ''] = /^-A (\S+) ?(.*)$/.exec(line.trimEnd()) ?? []
    if (chain !== '') chains.get(`${table} ${chain}`)?.rules.push(rule)
  }
  return new Map([...chains].filter(([, { policy, rules }]) => policy !== 'ACCEPT' || rules.length > 0))
}

/** Without what fail2ban and Docker keep. */
export function ownRules(rules: Rules): Rules {
  return filterRules(rules, (line) => !FOREIGN.test(line))
}

/** What fail2ban and Docker keep, a line each, as `TABLE CHAIN RULE`. */
export function foreignLines(rules: Rules): readonly string[] {
  return [...rules].flatMap(([name, chain]) => [
    ...(FOREIGN.test(name) ? [`${name} ${chain.policy}`] : []),
    ...chain.rules.map((rule) => `${name} ${rule}`).filter((line) => FOREIGN.test(line)),
  ])
}

/** The same of `nft -s list ruleset`, whose rules are indented below their chains and tables. */
export function foreignNative(ruleset: string): readonly string[] {
  const place: string[] = []
  return ruleset.split('\n').flatMap((line) => {
    const text = line.trim()
    if (text === '}') place.pop()
    const path = [...place, text].join(' ')
    if (text.endsWith(' {')) place.push(text.slice(0, -' {'.length))
    return place.length >= 2 && /^\t\t/.test(line) && !text.startsWith('type ') && FOREIGN.test(path)
      ? [path]
      : []
  })
}

/** The chains of some tables replaced by those of others. */
export function withTables(rules: Rules, tables: ReadonlySet<string>, others: Rules): Rules {
  return new Map(
    [...[...rules].filter(([name]) => !tables.has(tableOf(name))), ...others].filter(isMeaningful),
  )
}

/** What an admin's `iptables -F` leaves. */
export function flushed(rules: Rules): Rules {
  return new Map(
    [...rules]
      .map(([name, chain]) => [name, tableOf(name) === 'filter' ? { ...chain, rules: [] } : chain] as const)
      .filter(isMeaningful),
  )
}

export function tablesOf(rulesText: string): ReadonlySet<string> {
  return new Set(
    rulesText.split('\n').flatMap((line) => (line.startsWith('*') ? [line.slice(1).trim()] : [])),
  )
}

/** Whether two are the same; the order of chains means nothing. */
export function isSame(left: Rules, right: Rules): boolean {
  return printed(left) === printed(right)
}

/** In an order that is the same for the same rules. */
export function printed(rules: Rules): string {
  return [...rules]
    .map(([name, { policy, rules: lines }]) => [
      `:${name} ${policy}`,
      ...lines.map((rule) => `-A ${name} ${rule}`),
    ])
    .map((lines) => lines.join('\n'))
    .sort()
    .join('\n')
}

const FOREIGN = /f2b-|DOCKER|docker0|br-mailcow/

function filterRules(rules: Rules, isKept: (line: string) => boolean): Rules {
  return new Map(
    [...rules]
      .filter(([name]) => isKept(name))
      .map(
        ([name, { policy, rules: lines }]) =>
          [name, { policy, rules: lines.filter((rule) => isKept(rule)) }] as const,
      )
      .filter(isMeaningful),
  )
}

function isMeaningful([, { policy, rules }]: readonly [string, Chain]): boolean {
  return policy !== 'ACCEPT' || rules.length > 0
}

function tableOf(name: string): string {
  return name.split(' ')[0] ?? ''
}
