import type { Family } from '../model/family.ts'
import { FAMILIES, FAMILY, OTHER_FAMILY, otherFamily } from '../model/family.ts'
import type { Host, Wanted } from '../model/host.ts'
import type { Code, OverridableCode } from '../model/outcome.ts'
import type { Service } from '../model/service.ts'
import { printable } from '../lib/printable.ts'
import { parseRuleset } from '../ruleset/parse.ts'
import type { Examination, FamilyExamination } from '../remote/examine.ts'
import { frontends } from './boot/frontends.ts'
import { missingSet } from './boot/needs.ts'
import { unreadableTable } from './inspect/native-rules.ts'
import { refusedRules } from './refused/rules-refused.ts'
import { notCarried, refusedWhole } from './saved-file/other-tables.ts'
import { reusedLimitName } from './reused-limit.ts'

/** Why a host must not be changed as it stands. The message is a sentence without the state of the host. */
export interface Objection {
  readonly code: Code
  readonly message: string
  /** A command that fixes it. */
  readonly fix?: string
}

export interface Objecting {
  readonly host: Host
  /** The service that wanted is meant to open. */
  readonly ssh: Service | undefined
  readonly wanted: Wanted
  readonly examination: Examination
  readonly foreign: string
  readonly allows: (code: OverridableCode) => boolean
  /** Whether rules in the other backend are changed, too. */
  readonly takesOver: boolean
}

/** The first reason not to touch the host, or nothing. Everything here is found before anything is applied. */
export function findObjection({
  host,
  ssh,
  wanted,
  examination,
  foreign,
  allows,
  takesOver,
}: Objecting): Objection | undefined {
  return (
    (allows('other-firewall') ? undefined : otherFirewalls(examination)[0]) ??
    savesOnStop(examination) ??
    closedSshPort(ssh, examination) ??
    missingSet(wanted, examination) ??
    inFamilies(examination, (family, examined) =>
      refusedRules(host, family, examined, wanted[family], examination.distribution.installModules),
    ) ??
    (allows('saved-not-carried')
      ? undefined
      : inFamilies(examination, (family, examined) => notCarried(family, examined, wanted[family]))) ??
    (allows('saved-other-table')
      ? undefined
      : inFamilies(examination, (family, examined) => refusedWhole(examined, wanted[family]))) ??
    inFamilies(examination, (family, examined) => nativeTable(family, examined, wanted[family])) ??
    inFamilies(examination, (family, examined) =>
      unreadableRule(family, examined, wanted[family], foreign),
    ) ??
    (takesOver ? undefined : otherBackend(examination, foreign)) ??
    inFamilies(examination, (family, examined) => reusedLimit(family, examined, wanted[family]))
  )
}

/** Firewalls that are active beside us, or will be after the next boot. */
export function otherFirewalls(examination: Examination): readonly Objection[] {
  const { firewalls, boot } = examination
  const fixes: Readonly<Record<string, string>> = {
    ufw: 'ufw disable',
    firewalld: 'systemctl disable --now firewalld',
  }
  const firewalld = boot.units.get('firewalld')
  const isWaiting = firewalld?.isEnabled === true && !firewalld.isActive && !firewalls.includes('firewalld')
  const active = firewalld?.isActive === true ? [...new Set([...firewalls, 'firewalld'])] : firewalls
  return [
    ...active.map((name) => ({
      code: 'other-firewall' as const,
      message: `${name} is active on the host and would overwrite these rules; without it the host is open until a deploy, which should follow at once`,
      fix: fixes[name] ?? name,
    })),
    ...(isWaiting
      ? [
          {
            code: 'other-firewall' as const,
            message: 'firewalld is enabled on the host and would overwrite these rules at boot',
            fix: 'systemctl disable firewalld',
          },
        ]
      : []),
    ...frontends(examination),
  ]
}

/** Both families have a file of their own; they are fixed at once. */
function savesOnStop({ savesOnStop: saving }: Examination): Objection | undefined {
  // The sed of Alpine's busybox follows no link, and has no word for it
  const inPlace = saving?.file.startsWith('/etc/conf.d/') === true ? 'sed -i' : 'sed -i --follow-symlinks'
  return saving === undefined
    ? undefined
    : {
        code: 'saves-on-stop',
        message: `${saving.file} says ${saving.setting}=yes: a reboot would save rules that nobody confirmed`,
        fix: `${inPlace} 's/^\\([A-Z0-9_]*SAVE_ON_STOP\\)=.*/\\1="no"/' ${saving.file.replace(/ip6?tables/, 'ip*tables')}`,
      }
}

function closedSshPort(ssh: Service | undefined, { session }: Examination): Objection | undefined {
  if (session === undefined || ssh === undefined) return undefined
  const { ports } = ssh
  const opened = ports.some(({ from, to }) => from <= session.serverPort && session.serverPort <= to)
  const listed = ports.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ')
  return opened
    ? undefined
    : {
        code: 'ssh-port-closed',
        message: `sshd listens on port ${session.serverPort} on the host, but the rules open ${listed} for SSH; set mailfw_ssh: { port: ${session.serverPort} }`,
      }
}

/** nft-backed iptables-save leaves such a table out and exits 0: a snapshot would not be complete. */
function nativeTable(
  family: Family,
  { live, native }: FamilyExamination,
  wanted: string,
): Objection | undefined {
  const names = [...live.matchAll(/(?<![^\n])# Table `(\w+)' is incompatible/g)].map(([, name]) => name ?? '')
  const tables = parseRuleset(wanted).map((table) => table.name)
  const touched = names.find((name) => tables.includes(name))
  return touched === undefined ? undefined : unreadableTable(family, touched, native)
}

/** What is not UTF-8 cannot be sent back as it was, neither to delete the rule nor to bring it back. */
function unreadableRule(
  family: Family,
  { live }: FamilyExamination,
  wanted: string,
  foreign: string,
): Objection | undefined {
  if (!live.includes(NOT_UTF_8)) return undefined
  const pattern = new RegExp(foreign)
  const touched = new Set(parseRuleset(wanted).map((table) => table.name))
  const rules = parseRuleset(live)
    .filter((table) => touched.has(table.name))
    .flatMap(({ chains }) => chains.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${rule}`)))
  const rule = rules.find((line) => line.includes(NOT_UTF_8) && !pattern.test(line))
  return rule === undefined
    ? undefined
    : {
        code: 'rules-refused',
        message: `a live ${FAMILY[family].label} rule holds bytes that are not UTF-8, in a comment most likely; delete it first, or write it anew: ${printable(rule, { most: 400 })}`,
      }
}

/** What a decoder puts in the place of such bytes. */
const NOT_UTF_8 = '\ufffd'

/** Rules of ours or of nobody in the other backend; both families at once, so that they are fixed at once. */
export function otherBackend({ families }: Examination, foreign: string): Objection | undefined {
  const pattern = new RegExp(foreign)
  const commands = FAMILIES.flatMap((family) => {
    const examined = families[family]
    if (examined === undefined || !filters(examined.otherBackend, pattern)) return []
    return [OTHER_FAMILY[otherFamily(family, examined.backend)].command]
  })
  if (commands.length === 0) return undefined
  return { code: 'other-backend', message: `rules are also in ${commands.join(' and ')}, and both filter` }
}

function filters(text: string, foreign: RegExp): boolean {
  const tables = text === '' ? [] : parseRuleset(`${text}\n`)
  return tables.some(({ chains }) =>
    chains.some(
      ({ name, policy, rules }) =>
        (policy !== undefined && policy !== 'ACCEPT') ||
        rules.some((rule) => !foreign.test(`-A ${name} ${rule}`)),
    ),
  )
}

function reusedLimit(family: Family, examined: FamilyExamination, wanted: string): Objection | undefined {
  const name = reusedLimitName(examined, wanted)
  return name === undefined
    ? undefined
    : {
        code: 'rules-refused',
        message: `the ${FAMILY[family].label} limit --hashlimit-name ${name} has other parameters than the live one of that name, and the kernel would go on with the old ones; give it a new name`,
      }
}

function inFamilies(
  examination: Examination,
  find: (family: Family, examined: FamilyExamination) => Objection | undefined,
): Objection | undefined {
  for (const family of FAMILIES) {
    const examined = examination.families[family]
    const objection = examined === undefined ? undefined : find(family, examined)
    if (objection !== undefined) return objection
  }
  return undefined
}
