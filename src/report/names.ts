import { isIP } from 'node:net'
import { cut } from './wrap.ts'

const FEWEST_IN_RANGE = 3

/**
 * Host names in few words: three or more in sequence become a range as an inventory writes it,
 * `mx[1:12].example.net`. The order is that of each range's first host.
 */
export function foldNames(names: readonly string[]): string[] {
  const runs = new Map<string, Run[]>()
  const order: Run[] = []
  for (const name of names) {
    const part = numberedPart(name)
    const known = runs.get(part.key) ?? []
    const run = known.find((each) => continues(each, part))
    if (run) {
      run.parts.push(part)
    } else {
      const fresh: Run = { parts: [part] }
      order.push(fresh)
      runs.set(part.key, [fresh, ...known])
    }
  }
  return order.flatMap(writeRun)
}

/** `mx1` or `12 hosts: mx[1:12]`. */
export function namesWithCount(names: readonly string[]): string {
  const folded = foldNames(names).join(', ')
  return names.length === 1 ? folded : `${names.length} hosts: ${folded}`
}

/**
 * How a group of hosts heads its paragraph: by name where that fits on a line, else by number, and then `below` has the
 * names, so that they do not push the sentence away.
 */
export function nameHeading(
  names: readonly string[],
  width: number,
): { readonly heading: string; readonly below: readonly string[] } {
  const heading = namesWithCount(names)
  if (heading.length <= width || names.length === 1) return { heading, below: [] }
  return { heading: `${names.length} hosts`, below: [foldNames(names).join(', ')] }
}

/** On one line, cut where it is too long. */
export function namesOnOneLine(names: readonly string[], width: number): string {
  return cut(namesWithCount(names), width)
}

interface Part {
  readonly name: string
  readonly key: string
  readonly before: string
  readonly digits: string
  readonly after: string
}

interface Run {
  readonly parts: Part[]
}

/** The last number of the first label is what counts hosts: `dc2-mx7.example.net` is number 7 of its kind. */
function numberedPart(name: string): Part {
  const [, before = '', digits = '', after = ''] =
    (isIP(name) === 0 ? /^([^.]*?)([0-9]{1,9})([^0-9.]*(?:\..*)?)$/s.exec(name) : null) ?? []
  return { name, key: digits === '' ? name : `${before}\n${after}`, before, digits, after }
}

function continues(run: Run, part: Part): boolean {
  const previous = run.parts.at(-1)
  if (part.digits === '' || previous === undefined) return false
  const width = previous.digits.startsWith('0') ? previous.digits.length : 0
  return String(Number(previous.digits) + 1).padStart(width, '0') === part.digits
}

function writeRun(run: Run): string[] {
  const [first] = run.parts
  const last = run.parts.at(-1)
  if (!first || !last || run.parts.length < FEWEST_IN_RANGE) return run.parts.map((part) => part.name)
  return [`${first.before}[${first.digits}:${last.digits}]${first.after}`]
}
