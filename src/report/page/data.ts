import { FAMILIES } from '../../model/family.ts'
import type { Finding, Generation, HostResult } from '../../model/outcome.ts'
import { withoutFix } from '../fold.ts'
import type { DifferenceBlock } from './differences.ts'
import { differenceBlocks, removalsBlocks } from './differences.ts'
import type { Entry } from './attention.ts'
import { familyText } from './family-text.ts'
import { createPool } from './pool.ts'
import { GLYPHS, MEANINGS, timeText } from './words.ts'

/** What the page's script reads. Hosts that have something in common name it by its place in `pool`. */
export interface PageData {
  readonly glyphs: typeof GLYPHS
  readonly meanings: typeof MEANINGS
  readonly pool: readonly unknown[]
  readonly hosts: readonly HostRecord[]
  /** The hosts of each entry that the page lists, by their places in `hosts`. */
  readonly entries: readonly (readonly number[])[]
}

interface HostRecord extends Pick<
  HostResult,
  'host' | 'outcome' | 'connections' | 'seconds' | 'fingerprint' | 'pending' | 'reverted' | 'unfinished'
> {
  /** `192.0.2.1, port 22` */
  readonly address?: string
  readonly generation?: number
  /** A command that records its key. */
  readonly keyScan?: string
  /** A string of the pool. */
  readonly message: number
  /** A Common of the pool. */
  readonly common: number
  /** Newest first: when, and the place of the rest, a GenerationRecord, in the pool. */
  readonly generations?: readonly (readonly [when: string, rest: number])[]
}

/** What many hosts have in common. */
interface Common extends Pick<HostResult, 'code' | 'fix'> {
  /** How each family stands, a sentence each. */
  readonly states: readonly string[]
  readonly blocks: readonly DifferenceBlock[]
  readonly findings: readonly Finding[]
  /** Why the host is held. */
  readonly hold?: string
}

type GenerationRecord = Omit<Generation, 'at' | 'changes' | 'against'>

/** The data of hosts whose texts are clean already. */
export function pageData(results: readonly HostResult[], entries: readonly Entry[]): PageData {
  const pool = createPool()
  const places = new Map(results.map((result, index) => [result, index]))
  return {
    glyphs: GLYPHS,
    meanings: MEANINGS,
    hosts: results.map((result) => hostRecord(result, pool.placeOf)),
    pool: pool.values,
    entries: entries.map(({ hosts }) => hosts.map((host) => places.get(host) ?? -1)),
  }
}

/** JSON that may stand in a script element, whatever its strings hold. */
export function embeddedJson(data: PageData): string {
  return JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

type PlaceOf = (value: string | Common | GenerationRecord) => number

function hostRecord(result: HostResult, placeOf: PlaceOf): HostRecord {
  const { host, outcome, connections, seconds, fingerprint, pending, reverted, unfinished } = result
  const { address, port, generation, keyScan } = result
  return {
    host,
    outcome,
    connections,
    seconds,
    ...(address !== undefined && { address: port === undefined ? address : `${address}, port ${port}` }),
    ...(generation !== undefined && {
      generation: typeof generation === 'number' ? generation : generation.n,
    }),
    message: placeOf(withoutFix(result.message, result.fix)),
    common: placeOf(commonOf(result)),
    ...(result.generations && { generations: result.generations.map((each) => generationOf(each, placeOf)) }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(keyScan && { keyScan: [keyScan.before, keyScan.host, keyScan.after].join(' ') }),
    ...(pending && { pending }),
    ...(reverted && { reverted }),
    ...(unfinished && { unfinished }),
  }
}

function commonOf(result: HostResult): Common {
  const { code, fix, findings, hold } = result
  return {
    code,
    ...(fix !== undefined && { fix }),
    states: FAMILIES.flatMap((family) => familyText(family, result.families[family]) ?? []),
    blocks: [...removalsBlocks(result), ...differenceBlocks(result)],
    findings,
    ...(hold && { hold: hold.hold }),
  }
}

function generationOf(generation: Generation, placeOf: PlaceOf): readonly [string, number] {
  const { at, n, by, version, revision, again, hold } = generation
  const rest: GenerationRecord = {
    n,
    ...(by !== undefined && { by }),
    ...(version !== undefined && { version }),
    ...(revision !== undefined && { revision }),
    ...(again !== undefined && { again }),
    ...(hold !== undefined && { hold }),
  }
  return [at === undefined ? '' : timeText(at), placeOf(rest)]
}
