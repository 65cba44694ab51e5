import { isIPv4, isIPv6 } from 'node:net'

/** Of one pattern. */
const MOST_NAMES = 10_000
const LONGEST = 1_000
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

const BRACKETED_PORT = /^\[(.+)\]:([0-9]+)$/s
const PORT = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/s
const NUMBER_RANGE = /\[[0-9]+:[0-9]+(?::[0-9]+)?\]/g
const HEX_RANGE = /\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]/gi
const LABEL_RANGE = /\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]/gi
const HOST_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_-]*(?<![_-])(?:\.[\p{L}\p{N}_][\p{L}\p{N}_-]*(?<![_-]))*$/u

export interface AddressAndPort {
  readonly address: string
  readonly port?: number
}

/**
 * Splits `mx1:2222` and `[2001:db8::1]:2222` as Ansible's `parse_address` does, ranges allowed; absent where the text is
 * neither an address nor a host name.
 */
export function splitPort(text: string): AddressAndPort | undefined {
  if (text.length > LONGEST) return undefined
  let address = text
  let port: number | undefined
  for (const form of [BRACKETED_PORT, PORT]) {
    const [, before, digits] = form.exec(address) ?? []
    if (before === undefined || digits === undefined) continue
    address = before
    port = Number(digits)
  }
  if (!isAddressOrName(address)) return undefined
  return port === undefined ? { address } : { address, port }
}

/** The names that `mx[01:10].example.net` or `[a:f]` stands for. Throws RangeError, with a sentence, for a range that is none. */
export function expandRanges(pattern: string): readonly string[] {
  if (pattern.length > LONGEST)
    throw new RangeError(`expected a name of at most ${LONGEST} characters, got ${pattern.length}`)
  if (!pattern.includes('[')) return [pattern]
  const [, head = '', range = '', tail] = /^([^[\]]*)\[([^[\]]*)\](.*)$/s.exec(pattern) ?? []
  if (tail === undefined)
    throw new RangeError('expected a range such as [1:10], got a bracket without its pair')
  const tails = expandRanges(tail)
  const steps = rangeSteps(range)
  if (steps.length * tails.length > MOST_NAMES) throw new RangeError(`expected at most ${MOST_NAMES} hosts`)
  return steps.flatMap((step) => tails.map((rest) => `${head}${step}${rest}`))
}

function isAddressOrName(text: string): boolean {
  return (
    isIPv4(text.replaceAll(NUMBER_RANGE, '0')) ||
    isIPv6(text.replaceAll(HEX_RANGE, '0')) ||
    HOST_NAME.test(text.replaceAll(LABEL_RANGE, 'a'))
  )
}

function rangeSteps(range: string): readonly string[] {
  const [begin = '', end = '', step = '1', ...more] = range.split(':')
  const by = /^[0-9]+$/.test(step) ? Number(step) : 0
  if (end === '' || by < 1 || more.length > 0) {
    throw new RangeError(`expected begin:end or begin:end:step in brackets, got "${range}"`)
  }
  return LETTERS.includes(begin) && begin.length === 1
    ? letterSteps(begin, end, by)
    : numberSteps(begin === '' ? '0' : begin, end, by)
}

function letterSteps(begin: string, end: string, by: number): readonly string[] {
  const first = LETTERS.indexOf(begin)
  const last = end.length === 1 ? LETTERS.indexOf(end) : -1
  if (last < first) throw new RangeError(`expected a letter from "${begin}" on as the end, got "${end}"`)
  return Array.from({ length: count(first, last, by) }, (_, index) => LETTERS.charAt(first + index * by))
}

/** A begin with leading zeros fixes the width of all. */
function numberSteps(begin: string, end: string, by: number): readonly string[] {
  if (!/^[0-9]+$/.test(begin) || !/^[0-9]+$/.test(end)) {
    throw new RangeError(`expected two numbers or two letters in brackets, got "${begin}:${end}"`)
  }
  const width = begin.length > 1 && begin.startsWith('0') ? begin.length : 0
  if (width > 0 && end.length !== width) {
    throw new RangeError(`expected begin and end of one length, got "${begin}:${end}"`)
  }
  const length = count(Number(begin), Number(end), by)
  if (length < 1) throw new RangeError(`expected a begin up to the end, got "${begin}:${end}"`)
  if (length > MOST_NAMES) throw new RangeError(`expected at most ${MOST_NAMES} hosts`)
  return Array.from({ length }, (_, index) => String(Number(begin) + index * by).padStart(width, '0'))
}

function count(first: number, last: number, by: number): number {
  return Math.floor((last - first) / by) + 1
}
