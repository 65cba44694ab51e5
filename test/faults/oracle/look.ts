import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandResult } from '../../lab/command.ts'
import type { LabHost } from '../../lab/host.ts'
import type { Lab } from '../../lab/lab.ts'
import type { Rules } from './rules.ts'
import { foreignNative, readRules } from './rules.ts'

export const FAMILIES = ['v4', 'v6'] as const
export type FamilyName = (typeof FAMILIES)[number]
export type ByFamily<T> = Readonly<Record<FamilyName, T>>

/** What the kernel and the files of a host say. */
export interface Look {
  readonly live: ByFamily<Rules>
  /** The rules of the backend that the host did not use before. */
  readonly other: ByFamily<Rules>
  /** What other programs keep, by all tables of nft, a line each, as `TABLE CHAIN RULE`. */
  readonly native: readonly string[]
  /** The saved files' bytes; undefined where there is none. */
  readonly saved: ByFamily<string | undefined>
  /** The state of what is in /run/mailfw/attempt, such as `state.reverted`; undefined where there is none. */
  readonly attempt: string | undefined
  /** Whether an intent names saved files that were not both moved. */
  readonly hasIntent: boolean
  /** Paths of what an attempt makes and takes away again. */
  readonly leftovers: readonly string[]
  /** Whether an ssh of OpenSSH's gets in, by a new connection. */
  readonly isReachable: boolean
  /** What it complained of. */
  readonly sshSaid: string
}

export async function lookAt(lab: Lab, host: LabHost): Promise<Look> {
  const [dumps, ssh] = await Promise.all([host.succeed(DUMPS), logIn(lab, host)])
  const [nft4 = '', nft6 = '', legacy4 = '', legacy6 = '', native = ''] = dumps.split('END\n')
  const byNft = { v4: readRules(nft4), v6: readRules(nft6) }
  const byLegacy = { v4: readRules(legacy4), v6: readRules(legacy6) }
  const isLegacy = host.spec.backend === 'legacy'
  const root = `/proc/${host.pid}/root`
  return {
    live: isLegacy ? byLegacy : byNft,
    other: isLegacy ? byNft : byLegacy,
    native: foreignNative(native),
    saved: { v4: readSaved(root, 'v4'), v6: readSaved(root, 'v6') },
    attempt: namesIn(join(root, 'run/mailfw/attempt')).find((name) => name.startsWith('state.')),
    hasIntent: existsSync(join(root, 'var/lib/mailfw/intent/record')),
    leftovers: leftoversOf(root),
    isReachable: ssh.code === 0,
    sshSaid: ssh.stderr.trim(),
  }
}

/** By the programs' own names: what the plain ones stand for may change. A real host may lack nft. */
const DUMPS = `for program in iptables-nft ip6tables-nft iptables-legacy ip6tables-legacy; do
  $program-save 2>/dev/null; echo END
done
! command -v nft >/dev/null || nft -s list ruleset`

/** The numbers of a host's processes, by the host's own count. */
export function processesOf(host: LabHost): readonly string[] {
  return readdirSync(`/proc/${host.pid}/root/proc`).filter((name) => /^\d+$/.test(name))
}

export function commandOf(host: LabHost, process: string): string {
  try {
    const words = readFileSync(`/proc/${host.pid}/root/proc/${process}/cmdline`, 'utf8')
    return words.replaceAll('\0', ' ').slice(0, 100)
  } catch {
    return '(gone)'
  }
}

/** OpenSSH's first choice takes both sides more of the processor than all the rest of a look. */
const LIGHT = 'curve25519-sha256'

function logIn(lab: Lab, { address, spec }: LabHost): Promise<CommandResult> {
  const user = spec.user === 'sudo' ? 'admin' : 'root'
  const options = ['-oBatchMode=yes', '-oConnectTimeout=15', `-oKexAlgorithms=${LIGHT}`]
  return lab.controller(['ssh', ...options, `${user}@${address}`, 'true'])
}

function readSaved(root: string, family: FamilyName): string | undefined {
  const path = join(root, `etc/iptables/rules.${family}`)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function leftoversOf(root: string): readonly string[] {
  return [
    ...namesIn(join(root, 'etc/iptables')).filter(
      (name) => !/^(rules\.v[46](\.unconfirmed-.*)?|fill)$/.test(name),
    ),
    ...namesIn(join(root, 'var/lib/mailfw')).filter((name) => name.startsWith('intent')),
    ...namesIn(join(root, 'var/lib/mailfw/generations')).filter((name) => !/^\d+$/.test(name)),
    ...namesIn(join(root, 'run/mailfw')).filter(
      (name) => !/^(lock|holder|fill|state|past|cancelled[.]\w+)$/.test(name),
    ),
  ]
}

function namesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : []
}
