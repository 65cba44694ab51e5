import { createHash } from 'node:crypto'
import { rememberRecent } from '../lib/recent.ts'
import { distributionOf } from '../model/distribution.ts'
import type { Distribution } from '../model/distribution.ts'
import type { Family, PerFamily } from '../model/family.ts'
import { FAMILIES, otherFamily, perFamily } from '../model/family.ts'
import type { Wanted } from '../model/host.ts'
import { formatNetwork, parseNetwork } from '../model/network.ts'
import type { Connection } from '../model/transport.ts'
import type { Answer } from './answer.ts'
import { field } from './answer.ts'
import type { PendingAttempt } from './attempt.ts'
import { ATTEMPT_STATES, parsePending, wholeNumber } from './attempt.ts'
import type { BootFacts } from './boot/facts.ts'
import { bootFactsOf } from './boot/facts.ts'
import { bootQuestions } from './boot/questions.ts'
import type { CallOptions } from './call.ts'
import { call, notOurs } from './call.ts'
import { places } from './places.ts'
import type { KeptReceipt } from './receipts.ts'
import { receiptsOf } from './receipts.ts'

/** What one look at a host found. Texts are as the host printed them. */
export interface Examination {
  readonly hostname: string
  readonly bootId: string
  /** Of /etc/machine-id, which a reboot does not change; empty if there is none. */
  readonly machineId: string
  readonly uptimeSeconds: number
  /** When it was asked, by the controller's clock in milliseconds. */
  readonly askedAt: number
  /** The same for two hosts only if they are one machine; absent if the host does not tell. */
  readonly machine?: string
  readonly distribution: Distribution
  /** The session as the host sees it; absent where sshd did not tell. */
  readonly session?: Session
  /** `nf_conntrack_tcp_loose`; absent where conntrack is not loaded. */
  readonly tcpLoose?: boolean
  /** What runs at boot. */
  readonly boot: BootFacts
  /** `/etc/default/netfilter-persistent` makes a reload append. */
  readonly restoresNoflush: boolean
  /** Where the distribution saves live rules on shutdown, confirmed or not: file and setting. */
  readonly savesOnStop?: { readonly file: string; readonly setting: string }
  readonly pending?: PendingAttempt
  /** A host that died while an attempt was being persisted. */
  readonly unfinished: boolean
  /** The newest generation, and what its receipt says. */
  readonly generation?: number
  readonly receipt?: KeptReceipt
  /** All receipts, newest first, where they were asked for; else none. */
  readonly receipts: readonly KeptReceipt[]
  /** The host's global IPv6 addresses, as /proc/net/if_inet6 has them. */
  readonly ipv6Addresses: readonly string[]
  /** Whether the host forwards packets of a family. */
  readonly routes: PerFamily<boolean>
  /** What canonical texts depend on here; kept with a generation, so that its canonical texts can be used again. */
  readonly facts: string
  /** A family that is absent is off on the host. */
  readonly families: Partial<Record<Family, FamilyExamination>>
  /** Other firewalls that are active: ufw, firewalld. */
  readonly firewalls: readonly string[]
  /** The kernel that a reboot would start, and extensions of wanted that it has no module for. */
  readonly nextKernel?: { readonly release: string; readonly lacking: readonly string[] }
  /** Lines of `nft list tables`. */
  readonly nativeTables: readonly string[]
}

export interface Session {
  readonly clientAddress: string
  /** The client's address is one of the host's own: the session did not pass its rules. */
  readonly clientIsOwn: boolean
  readonly serverAddress: string
  readonly serverPort: number
}

export interface FamilyExamination {
  /** As `iptables -V` prints it. */
  readonly version: string
  readonly backend: 'nf_tables' | 'legacy'
  readonly live: string
  readonly savedPath: string
  readonly saved: Saved
  /** SHA-256 of the saved file; empty if there is none. */
  readonly savedSum: string
  /** All that boot would load: wanted and carried sections of other tables. Absent: there are none, or no trial. */
  readonly whole?: Whole
  readonly wanted:
    | { readonly kind: 'canonical'; readonly text: string }
    | { readonly kind: 'refused'; readonly message: string }
    | { readonly kind: 'no-scratch' }
  /** What the newest generation was, as this host wrote it then; empty where there is none. */
  readonly former: string
  /** Wanted is what the newest generation was rendered to, byte for byte. */
  readonly wantedIsGeneration: boolean
  /** The saved file is what was persisted with the newest generation, byte for byte. */
  readonly savedIsGeneration: boolean
  /** What the newest generation was rendered to, where neither of the two is. */
  readonly generationRules?: string
  /** How `-D` must write a live rule (what stands behind `-A CHAIN `); `undefined`: no spelling deletes it. */
  readonly spelling: (place: RulePlace) => string | undefined
  /** Whether a chain can be loaded again from what is printed; asked only if rules may have to change. */
  readonly isExact: boolean
  /** Rules of nft's own that iptables cannot print as what they are, if rules may have to change. */
  readonly native: readonly NativeRule[]
  /** The rules of the other backend, where it has any. */
  readonly otherBackend: string
  /** The same of those as `spelling` and `native`, if it was asked for. */
  readonly otherSpelling: (place: RulePlace) => string | undefined
  readonly otherNative: readonly NativeRule[]
}

/** A rule that is more than what iptables sees of it. */
export interface NativeRule {
  readonly table: string
  readonly chain: string
  /** What iptables-save prints of it, from `-A` on; empty if it cannot print the whole table. */
  readonly printed: string
  /** As nft lists it, without its handle. */
  readonly rule: string
  readonly handle: string
}

export type Whole =
  | { readonly kind: 'loads'; readonly text: string }
  /** `table` and `line` are empty if iptables-restore did not say which. */
  | { readonly kind: 'refused'; readonly table: string; readonly line: string; readonly message: string }

export interface RulePlace {
  readonly table: string
  readonly chain: string
  readonly rule: string
}

/** The saved file: wanted byte for byte, not there, or something else. */
export type Saved =
  { readonly kind: 'same' } | { readonly kind: 'absent' } | { readonly kind: 'other'; readonly text: string }

export interface ExamineOptions extends CallOptions {
  /** Whether the receipts of all generations shall come too. */
  readonly receipts?: boolean
  /** Whether rules of the other backend may have to change. */
  readonly takesOver?: boolean
  /** Matches and targets of wanted, which the next kernel has to know too. */
  readonly extensions?: readonly string[]
}

/** Looks at a host; changes nothing there. */
export async function examine(
  connection: Connection,
  wanted: Wanted,
  options: ExamineOptions,
): Promise<Examination> {
  const askedAt = Date.now()
  const answer = await call(
    connection,
    'examine',
    {
      values: [
        ['families', FAMILIES.join(' ')],
        ...(options.receipts === true ? [['generations', 'all'] as const] : []),
        ...(options.takesOver === true ? [['take-over', 'yes'] as const] : []),
        ...FAMILIES.map((family) => [`sum-${family}`, sha256(wanted[family])] as const),
        ['extensions', (options.extensions ?? []).filter(isPlain).join(' ')],
        ...places(),
        ...bootQuestions(wanted),
      ],
      texts: { wanted_v4: wanted.v4, wanted_v6: wanted.v6 },
    },
    options,
  )
  return { ...parseExamination(answer, wanted), askedAt }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function parseExamination(answer: Answer, wanted: Wanted): Omit<Examination, 'askedAt'> {
  if (!isWhole(answer)) throw notOurs()
  const session = parseSession(field(answer, 'ssh') ?? [], field(answer, 'client-is-own') !== undefined)
  const loose = field(answer, 'tcp-loose')?.[0]
  const pending = parsePending(field(answer, 'attempt'))
  const generation = field(answer, 'generation')?.[0]
  const saving = field(answer, 'saves-on-stop')
  const machine = machineOf(answer)
  const receipts = receiptsOf(answer)
  const receipt = receipts.find(({ n }) => String(n) === generation)
  return {
    hostname: field(answer, 'hostname')?.join(' ') ?? '',
    bootId: field(answer, 'boot')?.[0] ?? '',
    machineId: field(answer, 'machine-id')?.join(' ') ?? '',
    uptimeSeconds: wholeNumber(field(answer, 'uptime')?.[0] ?? ''),
    ...(machine === undefined ? {} : { machine }),
    distribution: distributionOf(
      field(answer, 'os')?.[0] ?? '',
      field(answer, 'os')?.slice(1),
      field(answer, 'os-version')?.[0],
    ),
    ...(session === undefined ? {} : { session }),
    ...(loose === undefined || loose === '' ? {} : { tcpLoose: loose !== '0' }),
    boot: bootFactsOf(answer),
    restoresNoflush: field(answer, 'restore-noflush') !== undefined,
    ...(saving === undefined ? {} : { savesOnStop: { file: saving[0] ?? '', setting: saving[1] ?? '' } }),
    ...(pending === undefined ? {} : { pending }),
    ...nextKernelOf(field(answer, 'next-kernel')),
    unfinished: field(answer, 'intent') !== undefined,
    ...(generation === undefined || generation === '' ? {} : { generation: Number(generation) }),
    ...(receipt === undefined ? {} : { receipt }),
    receipts,
    ipv6Addresses: answer.lines.flatMap(ipv6Address),
    routes: perFamily((family) => field(answer, 'routes', family) !== undefined),
    facts: answer.texts.get('facts') ?? '',
    families: Object.fromEntries(
      FAMILIES.filter((family) => field(answer, 'version', family) !== undefined).map((family) => [
        family,
        parseFamily(answer, family, sha256(wanted[family])),
      ]),
    ),
    firewalls: FIREWALLS.filter((name) => field(answer, 'firewall', name) !== undefined),
    nativeTables: nonEmptyLines(answer.texts.get('native-tables')),
  }
}

/**
 * The boot, and the network namespace in it: containers share their machine's boot, but not its rules. A namespace that
 * cannot be read is told by the host name, which mostly differs between containers.
 */
function machineOf(answer: Answer): string | undefined {
  const [boot, namespace] = ['boot', 'namespace'].map((word) => field(answer, word)?.join(' ') ?? '')
  if (boot === '') return undefined
  return JSON.stringify([boot, namespace === '' ? field(answer, 'hostname') : namespace])
}

/** host.sh says all of this of every host. */
function isWhole(answer: Answer): boolean {
  const says = (...words: string[]): boolean => field(answer, ...words) !== undefined
  const isExamined = (family: Family): boolean =>
    says('version', family) && says('saved', family) && answer.texts.has(`live-${family}`)
  return (
    ['hostname', 'boot', 'uptime', 'os', 'generation'].every((word) => says(word)) &&
    /^\d{0,9}$/.test(field(answer, 'generation')?.[0] ?? '') &&
    isPlainSetting(field(answer, 'saves-on-stop')) &&
    isAttempt(field(answer, 'attempt')) &&
    isExamined('v4') &&
    (says('off', 'v6') || isExamined('v6'))
  )
}

/** A name of an extension that may be sent to a host. */
function isPlain(name: string): boolean {
  return /^\w{1,28}$/.test(name)
}

function nextKernelOf([release = '', ...lacking]: readonly string[] = []): Pick<Examination, 'nextKernel'> {
  return release === '' ? {} : { nextKernel: { release, lacking } }
}

/** It becomes part of a command that a person may copy. */
function isPlainSetting([file = '', setting = '']: readonly string[] = []): boolean {
  return /^[\w/.-]*$/.test(file) && /^\w*$/.test(setting)
}

function isAttempt(fields: readonly string[] | undefined): boolean {
  if (fields === undefined) return true
  const [id = '', state, secondsLeft = ''] = fields
  return (
    /^[\w.-]{1,64}$/.test(id) &&
    ATTEMPT_STATES.some((known) => known === state) &&
    /^-?\d{1,10}$/.test(secondsLeft)
  )
}

/** Of a line `address` and 32 hexadecimal digits. */
function ipv6Address([word, digits = '']: readonly string[]): string[] {
  if (word !== 'address' || !/^[0-9a-f]{32}$/.test(digits)) return []
  const network = parseNetwork(digits.replace(/(.{4})(?=.)/g, '$1:'))
  return 'problem' in network ? [] : [formatNetwork(network)]
}

const FIREWALLS = ['ufw', 'firewalld'] as const

function parseSession(
  [clientAddress, , serverAddress, serverPort]: readonly string[],
  clientIsOwn: boolean,
): Session | undefined {
  if (clientAddress === undefined || serverAddress === undefined) return undefined
  return [clientAddress, serverAddress].every(isWord) && /^\d{1,5}$/.test(serverPort ?? '')
    ? { clientAddress, clientIsOwn, serverAddress, serverPort: Number(serverPort) }
    : undefined
}

/** What may be sent back to the host as a value. */
function isWord(text: string): boolean {
  return /^[\w:.%-]{2,80}$/.test(text)
}

function parseFamily(answer: Answer, family: Family, wantedSum: string): FamilyExamination {
  const version = field(answer, 'version', family)?.join(' ') ?? ''
  const [savedKind, ...path] = field(answer, 'saved', family) ?? []
  // Where wanted was that generation's already, its text came as canonical.
  const isReused = field(answer, 'reused') !== undefined
  const former = answer.texts.get(`${isReused ? 'canonical' : 'former'}-${family}`)
  const savedText = answer.texts.get(`saved-${family}`)
  const [isWanted, isSaved] = field(answer, 'as-generation', family) ?? []
  const generationRules = answer.texts.get(`generation-${family}`)
  const whole = parseWhole(answer, family)
  const backend = version.includes('nf_tables') ? 'nf_tables' : 'legacy'
  const other = otherFamily(family, backend)
  return {
    version,
    backend,
    live: `${answer.texts.get(`live-${family}`) ?? ''}\n`,
    savedPath: path.join(' '),
    saved: savedText === undefined ? savedWithoutText(savedKind) : { kind: 'other', text: savedText },
    savedSum: savedKind === 'same' ? wantedSum : (field(answer, 'saved-sum', family)?.[0] ?? ''),
    ...(whole === undefined ? {} : { whole }),
    wanted: parseWanted(answer, family),
    former: former === undefined ? '' : `${former}\n`,
    wantedIsGeneration: isWanted === 'yes',
    savedIsGeneration: isSaved === 'yes',
    ...(generationRules === undefined ? {} : { generationRules }),
    spelling: parseSpelling(answer.texts.get(`spelling-${family}`) ?? ''),
    isExact: !version.includes('nf_tables') || field(answer, 'exact', family) !== undefined,
    native: nonEmptyLines(answer.texts.get(`native-${family}`)).map(nativeRule),
    otherBackend: answer.texts.get(`other-${family}`) ?? '',
    otherSpelling: parseSpelling(answer.texts.get(`spelling-${other}`) ?? ''),
    otherNative: nonEmptyLines(answer.texts.get(`native-${other}`)).map(nativeRule),
  }
}

function savedWithoutText(kind: string | undefined): Saved {
  return kind === 'same' ? { kind: 'same' } : { kind: 'absent' }
}

function parseWanted(answer: Answer, family: Family): FamilyExamination['wanted'] {
  const canonical = answer.texts.get(`canonical-${family}`)
  if (canonical !== undefined) return { kind: 'canonical', text: `${canonical}\n` }
  const refused = answer.texts.get(`refused-${family}`)
  return refused === undefined ? { kind: 'no-scratch' } : { kind: 'refused', message: refused }
}

function parseWhole(answer: Answer, family: Family): Whole | undefined {
  const text = answer.texts.get(`whole-${family}`)
  if (text !== undefined) return { kind: 'loads', text: `${text}\n` }
  const refused = answer.texts.get(`whole-refused-${family}`)
  if (refused === undefined) return undefined
  const [table = '', line = '', ...message] = refused.split('\n')
  return { kind: 'refused', table, line, message: message.join('\n') }
}

/** A rule that was not asked about deletes as it was printed. Hosts that answered the same have the same function. */
const parseSpelling = rememberRecent(spellingFrom, 32)

function spellingFrom(text: string): FamilyExamination['spelling'] {
  const spellings = new Map<string, string | undefined>()
  for (const line of nonEmptyLines(text)) {
    const [table = '', rule = '', spelling = ''] = line.split('\t')
    spellings.set(`${table}\t${rule}`, spelling === '' ? undefined : withoutChain(spelling))
  }
  return ({ table, chain, rule }) => {
    const key = `${table}\t-A ${chain} ${rule}`.trimEnd()
    return spellings.has(key) ? spellings.get(key) : rule
  }
}

/** Of a line of host.sh's: table, chain, what iptables prints and what nft lists, with tabs between. */
export function nativeRule(line: string): NativeRule {
  const [table = '', chain = '', printed = '', ...listed] = line.split('\t')
  const [, rule = '', handle = ''] = /^(.*) # handle (\d+)$/.exec(listed.join('\t')) ?? []
  return { table, chain, printed, rule, handle }
}

function withoutChain(line: string): string {
  return line.replace(/^-A [^ ]+ ?/, '')
}

function nonEmptyLines(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '')
}
