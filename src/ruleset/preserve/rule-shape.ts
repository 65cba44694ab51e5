import { ruleWords } from '../words.ts'

/** Stand in a shape for what differs from one rule to the next. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  ADDRESS: '[0-9A-Fa-f.:]+(/[0-9A-Fa-f.:]+)?',
  PORT: '[0-9]+([:,-][0-9]+)*',
  INTERFACE: '[^ "!-][^ "]*',
}

/** `ADDRESS/32`: one address. */
const BARE_ADDRESS = '[0-9A-Fa-f.:]+'

const JUMPS = new Set(['-j', '-g', '--jump', '--goto'])

/** An extended regular expression for rules of a shape as iptables-save prints them; the shape may be as typed. */
export function shapeExpression(shape: string): string {
  const [, chain = '', ...words] = ruleWords(shape)
  const { basics, rest } = split(words)
  const options = BASIC.flatMap((option) => basics.get(option) ?? [])
  const text = ['-A', chain, ...options, ...withMatch(rest, basics.get('-p')?.at(-1))].map(wordExpression)
  const isReject = words.at(-1) === 'REJECT'
  return `${text.join(' ')}${isReject ? '( --reject-with [^ ]+)?' : ''} ?$`
}

/** What iptables-save prints first, in this order. */
const BASIC = ['-s', '-d', '-i', '-o', '-p']

const SHORT: Readonly<Record<string, string>> = {
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--protocol': '-p',
  '--match': '-m',
  '--jump': '-j',
  '--goto': '-g',
  '--destination-port': '--dport',
  '--source-port': '--sport',
}

interface Split {
  /** Each with its negation, itself and its value. */
  readonly basics: ReadonlyMap<string, readonly string[]>
  readonly rest: readonly string[]
}

function split(words: readonly string[]): Split {
  const basics = new Map<string, string[]>()
  const rest: string[] = []
  const short = words.map((word) => SHORT[word] ?? word)
  const jump = short.findIndex((word) => JUMPS.has(word))
  for (let at = 0; at < short.length; at++) {
    const word = short[at] ?? ''
    const isBasic = at < jump && BASIC.includes(word) && short[at - 1] !== '--comment'
    if (!isBasic) {
      rest.push(word)
      continue
    }
    const negation = rest.at(-1) === '!' ? [rest.pop() ?? ''] : []
    basics.set(word, [...negation, word, withPrefix(word, short[++at] ?? '')])
  }
  return { basics, rest }
}

/** A single address is printed as a network of one. */
function withPrefix(option: string, value: string): string {
  const isAddress = (option === '-s' || option === '-d') && /^[0-9A-Fa-f.:]+$/.test(value)
  return isAddress ? `${value}/${value.includes(':') ? 128 : 32}` : value
}

/** `-p tcp --dport 25` is printed with `-m tcp`. */
function withMatch(rest: readonly string[], protocol: string | undefined): readonly string[] {
  const at = rest.findIndex((word) => word === '--dport' || word === '--sport')
  if (
    at < 0 ||
    protocol === undefined ||
    rest.some((word, index) => word === protocol && rest[index - 1] === '-m')
  )
    return rest
  const before = rest[at - 1] === '!' ? at - 1 : at
  return [...rest.slice(0, before), '-m', protocol, ...rest.slice(before)]
}

function wordExpression(word: string): string {
  return word
    .split(/\b(ADDRESS(?=[/])|ADDRESS|PORT|INTERFACE)\b/)
    .map((part, index, parts) => {
      if (index % 2 === 0)
        return part.replace(/[.[{}()*+?|$\\^]/g, (character) => LITERAL[character] ?? `[${character}]`)
      return part === 'ADDRESS' && parts[index + 1]?.startsWith('/') === true
        ? BARE_ADDRESS
        : (PLACEHOLDERS[part] ?? '')
    })
    .join('')
}

const LITERAL: Readonly<Record<string, string>> = { '\\': '[\\\\]', '^': '\\^' }
