import type { PortRange, Protocol } from '../model/service.ts'
import { ruleWords, wordValue } from './words.ts'

/** An ordinary new connection, under all limits, from somewhere to a port of the host. */
export interface Knock {
  readonly protocol: Protocol
  readonly port: number
}

/** Whose connections a rule matches: all of them, those of some sources, none; or that cannot be told from the rule. */
export type Scope = 'all' | 'part' | 'unclear' | 'none'

/** A rule as far as it decides about new connections to ports. */
export interface ReadRule {
  /** Absent: any. */
  readonly protocol?: { readonly name: string; readonly negated: boolean }
  /** Absent: any. */
  readonly ports?: { readonly ranges: readonly PortRange[]; readonly negated: boolean }
  /** Of the connections of that protocol to those ports. */
  readonly scope: Scope
  /** The network of a scope that is `part`. */
  readonly network?: string
  /** Absent: it only counts. */
  readonly target?: string
  readonly isGoto: boolean
}

/** Reads what stands behind `-A CHAIN`, as iptables-save writes it or a person. */
export function readRule(rule: string): ReadRule {
  const options = optionsOf(rule)
  const jump = options.find(({ name }) => JUMPS.has(name))
  const target = jump?.values[0]
  const matches = options.slice(0, jump === undefined ? options.length : options.indexOf(jump))
  const protocol = matches.find(({ name }) => name === '-p' || name === '--protocol')
  const ports = matches.find(({ name }) => PORTS.has(name))
  const ranges = portRanges(ports?.values[0] ?? '')
  const scopes = matches.map((option) => scopeOf(option, target))
  if (ranges === undefined) scopes.push('unclear')
  const source = matches.find(({ name }) => SOURCES.has(name))
  const name = protocolName(protocol?.values[0])
  return {
    ...(protocol && name !== 'all' && { protocol: { name, negated: protocol.negated } }),
    ...(ports && ranges && { ports: { ranges, negated: ports.negated } }),
    scope: narrowest(scopes),
    ...(source?.values[0] !== undefined && { network: source.values[0] }),
    ...(target !== undefined && { target }),
    isGoto: jump?.name === '-g' || jump?.name === '--goto',
  }
}

/** Whose connections of this kind a rule matches. */
export function scopeFor({ protocol, ports, scope }: ReadRule, knock: Knock): Scope {
  if (protocol !== undefined && (protocol.name === knock.protocol) === protocol.negated) return 'none'
  if (ports === undefined) return scope
  const isIn = ports.ranges.some(({ from, to }) => from <= knock.port && knock.port <= to)
  return isIn === ports.negated ? 'none' : scope
}

/** The scope of what is matched by all of them. */
export function narrowest(scopes: readonly Scope[]): Scope {
  return NARROW.find((scope) => scopes.includes(scope)) ?? 'all'
}

const NARROW: readonly Scope[] = ['none', 'unclear', 'part']

interface Option {
  readonly name: string
  readonly negated: boolean
  readonly values: readonly string[]
}

/** `-p tcp ! --dport 25:26` as options with their values. */
function optionsOf(rule: string): readonly Option[] {
  const options: { name: string; negated: boolean; values: string[] }[] = []
  let negated = false
  for (const word of ruleWords(rule)) {
    const last = options.at(-1)
    const isComment = last?.name === '--comment' && last.values.length === 0
    if (word === '!') negated = true
    else if (/^-{1,2}[a-zA-Z]/.test(word) && !isComment) {
      options.push({ name: word, negated, values: [] })
      negated = false
    } else last?.values.push(wordValue(word))
  }
  return options
}

const JUMPS = new Set(['-j', '--jump', '-g', '--goto'])
const PORTS = new Set(['--dport', '--dports', '--destination-port', '--destination-ports'])
const SOURCES = new Set(['-s', '--source', '--src', '--src-range'])
const DESTINATIONS = new Set(['-d', '--destination', '--dst'])
const INTERFACES = new Set(['-i', '--in-interface'])
const STATES = new Set(['--ctstate', '--state'])

/** They narrow nothing by themselves. */
const IDLE =
  /^(?:-m|--match|-p|--protocol|--comment|--limit-burst|--hashlimit-(?!above|upto).+|--connlimit-(?!above|upto).+|--set|--name|--mask|--rsource|--seconds|--hitcount|--reap|--rttl)$/

/** What an ordinary connection is not: too many, or in a list of those that came before. */
const EXCESS = /^--(?:hashlimit-above|connlimit-above|rcheck|update)$/
const WITHIN = /^--(?:limit|hashlimit|hashlimit-upto|connlimit-upto)$/

function scopeOf(
  { name, negated, values: [value = '', second = ''] }: Option,
  target: string | undefined,
): Scope {
  const isMet = (met: boolean): Scope => (met === negated ? 'none' : 'all')
  const isClosing = target !== undefined && CLOSING.has(target)
  if (PORTS.has(name)) return 'all'
  if (SOURCES.has(name)) return everywhere(value) ? isMet(true) : part(negated)
  if (DESTINATIONS.has(name)) return destinationScope(value, isMet)
  if (INTERFACES.has(name)) return value === 'lo' ? isMet(false) : 'unclear'
  if (STATES.has(name)) return isMet(value.split(',').includes('NEW'))
  if (name === '--syn') return isMet(true)
  if (name === '--tcp-flags') return isMet(hasFlagsOfNew(value.split(','), second.split(',')))
  if (name === '--dst-type') return isMet(/LOCAL|UNICAST/.test(value))
  if (name === '--pkt-type') return isMet(value === 'unicast')
  if (name === '-f' || name === '--fragment') return isMet(false)
  // Whoever knocked before may be let in.
  if (name === '--rcheck' || name === '--update') return isClosing ? isMet(false) : 'unclear'
  if (EXCESS.test(name)) return isMet(false)
  if (WITHIN.test(name)) return isMet(true)
  if (name === '--match-set' || name === '--src-cc') return isClosing && !negated ? 'part' : 'unclear'
  return IDLE.test(name) ? 'all' : 'unclear'
}

/** Targets that turn a connection away. */
export const CLOSING: ReadonlySet<string> = new Set(['DROP', 'REJECT'])

/** A connection begins with SYN and nothing else. */
function hasFlagsOfNew(examined: readonly string[], set: readonly string[]): boolean {
  const isSyn = examined.includes('SYN') || examined.includes('ALL')
  return set.join() === (isSyn ? 'SYN' : 'NONE')
}

/** All but some may be a few: nobody can tell. */
function part(negated: boolean): Scope {
  return negated ? 'unclear' : 'part'
}

function everywhere(networks: string): boolean {
  return networks.split(',').some((network) => network.endsWith('/0'))
}

/** Nobody connects to a group of hosts. */
function destinationScope(value: string, isMet: (met: boolean) => Scope): Scope {
  if (everywhere(value)) return isMet(true)
  return /^(?:22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/i.test(value) ? isMet(false) : 'unclear'
}

function protocolName(text = 'all'): string {
  return { '6': 'tcp', '17': 'udp', '0': 'all' }[text] ?? text.toLowerCase()
}

/** `25`, `25,465:587`; absent where a port has a name. */
function portRanges(text: string): readonly PortRange[] | undefined {
  if (text === '') return []
  const ranges = text.split(',').map((part) => {
    const [, from, to] = /^(\d{0,5})(?::(\d{0,5}))?$/.exec(part) ?? []
    if (from === undefined) return undefined
    const last = to === '' ? 65_535 : Number(to ?? from)
    return { from: Number(from), to: last }
  })
  return ranges.every((range) => range !== undefined) ? ranges : undefined
}
