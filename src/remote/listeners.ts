import { isIP } from 'node:net'
import type { Family, PerFamily } from '../model/family.ts'
import { FAMILIES, perFamily } from '../model/family.ts'
import type { Protocol } from '../model/service.ts'
import type { Connection } from '../model/transport.ts'
import type { CallOptions } from './call.ts'
import { call, notOurs } from './call.ts'
import type { Published } from './ports/published.ts'
import { publishedByNft } from './ports/published.ts'

/** A socket that waits for somebody, as the host tells it: its texts are not printable yet. */
export interface Listener {
  readonly protocol: Protocol
  readonly port: number
  /** Without an interface; of a socket that takes both families `::`. */
  readonly address: string
  /** Those that it takes. */
  readonly families: readonly Family[]
  /** Nobody but the host itself gets there. */
  readonly isLoopback: boolean
  /** Whoever holds it, the one that was there first at the head; none where the kernel does. */
  readonly programs: readonly string[]
}

export type Listeners =
  | {
      readonly kind: 'seen'
      readonly listeners: readonly Listener[]
      readonly published: readonly Published[]
    }
  | { readonly kind: 'no-ss' }
  | { readonly kind: 'failed'; readonly message: string }

/** Asks the host who listens on its ports; changes nothing there. */
export async function readListeners(connection: Connection, options: CallOptions): Promise<Listeners> {
  const request = { values: [['families', FAMILIES.join(' ')] as const] }
  const { lines, texts } = await call(connection, 'listeners', request, options)
  if (lines.some(([word]) => word === 'no-ss')) return { kind: 'no-ss' }
  const failure = texts.get('ss-failed')
  if (failure !== undefined) return { kind: 'failed', message: failure }
  if (!FAMILIES.every((family) => texts.has(`listeners-${family}`))) throw notOurs()
  return {
    kind: 'seen',
    listeners: parseListeners(perFamily((family) => texts.get(`listeners-${family}`) ?? '')),
    published: publishedByNft(texts.get('native-dnat') ?? ''),
  }
}

/** What `ss -l -n -t -u -p` printed for each family; whatever is no socket of its own, such as its heading, is passed over. */
export function parseListeners(printed: PerFamily<string>): readonly Listener[] {
  const writesStars = OLD_ANY.test(printed.v4)
  return FAMILIES.flatMap((family) =>
    printed[family]
      .split('\n')
      .slice(0, MOST_LINES)
      .flatMap((line) => parseLine(line, family, writesStars)),
  )
}

/** More than any host has ports worth a look. */
const MOST_LINES = 20_000

/**
 * Before iproute2 4.15 ss wrote `*` for 0.0.0.0 and `::` for every IPv6 socket that takes any address; now `*` is one that takes
 * both families, and `[::]` one that takes IPv6 alone.
 */
const OLD_ANY = /^(?:tcp|udp) +(?:LISTEN|UNCONN) .* \*:\*/m

const SOCKET = /^(tcp +LISTEN|udp +UNCONN) +\d+ +\d+ +(\S+):(\d{1,5}) +\S+:\*(.*)$/

function parseLine(line: string, family: Family, writesStars: boolean): readonly Listener[] {
  const [, kind, place = '', digits, rest = ''] = SOCKET.exec(line) ?? []
  const port = Number(digits)
  if (kind === undefined || port < 1 || port > 65_535) return []
  const address = addressOf(place, family)
  return address === undefined
    ? []
    : [
        {
          protocol: kind.startsWith('tcp') ? 'tcp' : 'udp',
          port,
          address,
          families: familiesOf(place, address, family, writesStars),
          isLoopback: /^(?:127\.|::1$|::ffff:127\.)/.test(address) || /%lo\]?$/.test(place),
          programs: programsOf(rest),
        },
      ]
}

/** Of `127.0.0.1%lo`, `[fe80::1]%eth0`, `[::]` and `*`. */
function addressOf(place: string, family: Family): string | undefined {
  const bare = place.replace(/[[\]]|%.*$/g, '')
  if (bare === '*') return family === 'v4' ? '0.0.0.0' : '::'
  return isIP(bare) === 0 ? undefined : bare
}

function familiesOf(place: string, address: string, family: Family, writesStars: boolean): readonly Family[] {
  if (family === 'v4' || address.startsWith('::ffff:')) return ['v4']
  const takesBoth = place.startsWith('*') || (address === '::' && writesStars)
  return takesBoth ? FAMILIES : ['v6']
}

/** Of `users:(("smtpd",pid=81,fd=6),("master",pid=42,fd=13))`; older ones wrote `("master",42,13)`. A name may hold anything. */
function programsOf(text: string): readonly string[] {
  const start = text.indexOf('users:(')
  if (start < 0) return []
  const holders = [...text.slice(start).matchAll(/\("(.*?)",(?:pid=)?(\d{1,10}),(?:fd=)?\d+\)/g)]
    .map(([, name = '', pid]) => ({ name, pid: Number(pid) }))
    .sort((one, other) => one.pid - other.pid)
  // A socket that systemd holds for a program that has it too is that program's.
  const own = holders.filter(({ pid }) => pid !== 1)
  return [...new Set((own.length === 0 ? holders : own).map(({ name }) => name))].slice(0, MOST_PROGRAMS)
}

const MOST_PROGRAMS = 10
