import { FAMILIES, FAMILY } from '../model/family.ts'
import type { Wanted } from '../model/host.ts'
import type { Finding } from '../model/outcome.ts'
import { printable } from '../lib/printable.ts'
import type { Examination } from '../remote/examine.ts'
import type { KeptReceipt } from '../remote/receipts.ts'
import { loaderFindings } from './boot/loaders.ts'
import { needFindings } from './boot/needs.ts'
import { writerFindings } from './boot/writers.ts'
import { quote } from './endings.ts'
import type { Objection } from './objections.ts'
import { otherBackend, otherFirewalls } from './objections.ts'
import { oneLine } from './receipt-text.ts'

/** What examine saw that is not drift, most important first. `foreign`: a `foreignPattern`. */
export function findingsOf(
  examination: Examination,
  foreign: string,
  isThisMachine = false,
  wanted: Wanted = { v4: '', v6: '' },
): readonly Finding[] {
  return [
    ...[...otherFirewalls(examination), otherBackend(examination, foreign)].flatMap(asFinding),
    ...[
      ...(isThisMachine ? [] : [unknownClient]),
      loaderFindings,
      (seen: Examination) => needFindings(wanted, seen),
      writerFindings,
      nextKernelLacks,
      restoresNoflush,
      formerRevert,
      keptOpen,
      unfinished,
      nativeTables,
      noIpv6,
    ].flatMap((look) => look(examination) ?? []),
  ]
}

/** The host was changed under another name before: it was renamed, or this is the wrong machine. */
export function otherName(receipt: KeptReceipt | undefined, name: string): readonly Finding[] {
  if (receipt?.otherMachine === true) {
    const clone = `generation ${receipt.n} was made on another machine, of which this one is a clone: its hold does not count here, and a rollback needs --allow other-machine-generation; the next change makes a generation of this machine`
    return [{ code: 'other-machine-generation', severity: 'warning', message: clone }]
  }
  const former = receipt?.host
  if (former === undefined || former === oneLine(name)) return []
  const message = `generation ${receipt?.n ?? 0} was made here for ${printable(former, { most: 100 })}: is this the host that ${name} means? If it was renamed, the next change keeps the new name`
  return [{ code: 'other-name', severity: 'warning', message }]
}

/** It keeps us from changing the host, and nothing else there is seen less for it. */
export function asFinding(objection: Objection | undefined): readonly Finding[] {
  return objection === undefined ? [] : [{ severity: 'warning', ...objection }]
}

function unknownClient({ session }: Examination): Finding | undefined {
  return session === undefined
    ? {
        code: 'client-unknown',
        severity: 'warning',
        message:
          'the host does not say where we come from (no SSH_CONNECTION), so whether the connection that confirms a change passes its rules cannot be seen',
      }
    : undefined
}

/** All of the saved rules are refused then. */
function nextKernelLacks({ nextKernel, distribution }: Examination): Finding | undefined {
  if (nextKernel === undefined) return undefined
  const { release, lacking } = nextKernel
  const fix = /^[\w.+-]+$/.test(release)
    ? distribution.installModules?.replace(/\$\(uname -r\)/, release)
    : undefined
  return {
    code: 'next-kernel-lacks-modules',
    severity: 'warning',
    message: `the newest kernel on the host, ${quote(release)}, has no module for ${quote(lacking.join(', '))}: after a reboot into it the saved rules would not load`,
    ...(fix !== undefined && { fix }),
  }
}

function restoresNoflush(examination: Examination): Finding | undefined {
  return examination.restoresNoflush
    ? {
        code: 'restore-noflush',
        severity: 'warning',
        message: '/etc/default/netfilter-persistent sets RESTORE_NOFLUSH: a reload adds every rule once more',
        fix: "sed -i --follow-symlinks 's/^\\(IP6*TABLES_RESTORE_NOFLUSH\\)=.*/\\1=no/' /etc/default/netfilter-persistent",
      }
    : undefined
}

/** What a revert adds that could not load all of the old rules; host.sh has the words too. */
const KEPT_OPEN = '--comment "mailfw: kept open by a revert"'

function keptOpen({ families }: Examination): Finding | undefined {
  const rules = FAMILIES.flatMap((family) =>
    (families[family]?.live ?? '')
      .split('\n')
      .filter((line) => line.includes(KEPT_OPEN))
      .map((line) => `${FAMILY[family].label} ${line.replace(/^\[\d+:\d+\] /, '')}`),
  )
  return rules.length === 0
    ? undefined
    : {
        code: 'ssh-kept-open',
        severity: 'warning',
        message: `a revert that could not load all of the old rules keeps SSH open until the next deploy: ${quote(rules.join('\n'))}`,
      }
}

function formerRevert({ pending }: Examination): Finding | undefined {
  if (pending === undefined) return undefined
  switch (pending.state) {
    case 'reverted':
      return {
        code: 'former-revert',
        severity: 'info',
        message: `an earlier attempt (${pending.id}) was reverted on the host since it booted`,
      }
    case 'revert-failed':
      return {
        code: 'former-revert-failed',
        severity: 'warning',
        message: `the attempt ${pending.id} could not be reverted; /run/mailfw/attempt/log says why`,
      }
    case 'prepared':
    case 'armed':
    case 'applied':
    case 'confirming':
      return {
        code: 'pending-attempt',
        severity: 'warning',
        message: `the attempt ${pending.id} is ${pending.state}, ${pending.guardAlive ? `its guard reverts it in ${pending.secondsLeft} s` : 'and its guard is gone; the next deploy settles it'}`,
      }
    case 'confirmed':
      return undefined
  }
}

function unfinished(examination: Examination): Finding | undefined {
  return examination.unfinished
    ? {
        code: 'unfinished-attempt',
        severity: 'warning',
        message:
          'the host died while an attempt was being saved; the next deploy finishes that, or undoes it where no saved file was changed yet',
      }
    : undefined
}

/** Tables that iptables-nft keeps itself, and fail2ban's, are no news. */
function nativeTables({ nativeTables: lines }: Examination): Finding | undefined {
  const own = /^table ip6? (filter|nat|mangle|raw|security)$|^table inet f2b-table$/
  const others = lines.filter((line) => !own.test(line))
  return others.length === 0
    ? undefined
    : {
        code: 'native-nft-tables',
        severity: 'info',
        message: `native nftables tables filter beside these rules: ${others.join(', ')}`,
      }
}

function noIpv6(examination: Examination): Finding | undefined {
  return examination.families.v6 === undefined
    ? {
        code: 'ipv6-off',
        severity: 'info',
        message: 'IPv6 is off on the host; its rules were neither compared nor changed',
      }
    : undefined
}
