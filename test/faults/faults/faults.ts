import { readFileSync } from 'node:fs'
import type { HostSpec } from '../../lab/host-spec.ts'
import { ban } from '../../lab/programs/fail2ban.ts'
import type { Ending } from '../deploy-run.ts'
import type { Kind } from '../hosts/kinds.ts'
import { OVER_SSH } from '../hosts/kinds.ts'
import { MOVED_ADDRESS } from './moved-address.ts'
import { LOCK_OUTS } from './lock-outs.ts'
import type { Stage } from '../stage.ts'
import { isOnHost, onHost } from '../stage.ts'
import type { StepName } from '../steps.ts'
import { stepsBetween } from '../steps.ts'

/** Something that goes wrong while a host stands still at a step. */
export interface Fault {
  readonly name: string
  /** What the host needs for it, before anything begins. */
  readonly spec?: Partial<HostSpec>
  /** Whether it needs a machine besides the host. */
  readonly needsPartner?: boolean
  /** Variables of the host that make its new rules what they are. */
  readonly vars?: Readonly<Record<string, unknown>>
  /** The steps at which it can happen. Default: all. */
  readonly steps?: readonly StepName[]
  /** The ways to a host on which it can happen. Default: all. */
  readonly ways?: readonly Kind['way'][]
  /** Whether it can happen on that kind of host, at that step. Default: on all. */
  readonly suits?: (kind: Kind, step: StepName) => boolean
  /** Throws if what it does at once did not happen. */
  readonly strike: (stage: Stage) => Promise<void> | void
  /** Whether what comes later happened, asked when the run has ended, before `lift`. Default: `strike` has shown it. */
  readonly hasStruck?: (stage: Stage, ending: Ending) => Promise<boolean> | boolean
  /** Ends what lasts, when the run has ended. */
  readonly lift?: (stage: Stage) => Promise<void>
  /** Whether the run waits for it, and for long: what takes longest begins first. */
  readonly isSlow?: boolean
  /** Whether what is live afterwards is what the host loads at boot. */
  readonly reboots?: boolean
  /** What may be seen afterwards besides the old or the new rules and a truthful outcome. */
  readonly allows?: Allowance
  /** Whether the run has to succeed all the same, whatever the step. */
  readonly mustSucceed?: boolean
}

export interface Allowance {
  /** `unknown`, once the host was asked to change something. */
  readonly unknown?: boolean
  /** `revert-failed` while it lasts; the guard puts it right afterwards. */
  readonly revertFailed?: boolean
  /** Rules of other programs that it brings, each told by a text in it: they must stay. */
  readonly brings?: Partial<Record<'v4' | 'v6', readonly string[]>>
  /** Somebody saves what is live: such a file counts as the old one if it loads the old rules. */
  readonly saves?: boolean
  /** Other programs' rules that it moves. */
  readonly reorders?: boolean
  /** An admin flushes the v4 filter table, whoever's rules are there. */
  readonly flushes?: boolean
  /** No outcome: the controller is dead. */
  readonly noOutcome?: boolean
  /** Another run may have done the work. */
  readonly otherRun?: boolean
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'controller-killed',
    strike: ({ run }) => {
      run.kill()
    },
    allows: { noOutcome: true },
  },
  { name: 'connection-reset', ways: OVER_SSH, strike: ({ network }) => network.reset() },
  {
    name: 'connection-silent',
    ways: OVER_SSH,
    strike: ({ network }) => network.silence(),
    hasStruck: ({ network }) => network.hasDropped(),
    lift: ({ network }) => network.restore(),
    isSlow: true,
    allows: { unknown: true },
  },
  { name: 'shell-killed', ways: OVER_SSH, strike: (stage) => onHost(stage, KILL_SHELL) },
  {
    name: 'guard-killed',
    steps: stepsBetween('armed', 'guarded'),
    strike: (stage) => onHost(stage, KILL_GUARD),
  },
  { name: 'rebooted', strike: ({ host }) => host.reboot(), reboots: true },
  fullDisk('etc-full', '/etc/iptables'),
  fullDisk('var-full', '/var/lib/mailfw'),
  fullDisk('run-full', '/run'),
  {
    name: 'xtables-locked',
    // iptables-nft has no such lock
    suits: ({ backend }) => backend === 'legacy',
    strike: (stage) => onHost(stage, LOCK_XTABLES),
    isSlow: true,
    allows: { revertFailed: true },
  },
  failingRestore('fails'),
  failingRestore('hangs'),
  failingRestore('dies'),
  {
    name: 'ban',
    strike: async (stage) => {
      await onHost(stage, ban('198.19.0.2'))
      if (stage.hasIpv6) await onHost(stage, ban('2001:db8:bad::2'))
    },
    allows: { brings: { v4: ['f2b-sshd -s 198.19.0.2/32'], v6: ['f2b-sshd -s 2001:db8:bad::2/128'] } },
    mustSucceed: true,
  },
  {
    name: 'docker',
    strike: (stage) => onHost(stage, DOCKER),
    allows: { brings: { v4: ['--dport 8443', 'DOCKER-USER -s 198.19.0.3/32'] } },
    mustSucceed: true,
  },
  { name: 'flush', strike: (stage) => onHost(stage, 'iptables -w -F'), allows: { flushes: true } },
  blocked('blocked-v4', { mailfw_ssh: { from: ['203.0.113.9', '2001:db8::/32'] } }),
  // Settings that leave us out in the other family are meant so
  {
    ...blocked('blocked-v6', { mailfw_extra_rules: { v6: ['-A OUTPUT -p tcp -m tcp --sport 22 -j DROP'] } }),
    suits: ({ ipv6 }) => ipv6 === 'on',
  },
  blocked('blocked-both', { mailfw_ssh: { from: ['203.0.113.9', '2001:db8:ffff::9'] } }),
  { ...blocked('cut-off', { mailfw_policies: { output: 'drop' } }), ways: ['jump'] },
  MOVED_ADDRESS,
  {
    name: 'sshd-full',
    ways: OVER_SSH,
    spec: { sshdOptions: ['MaxStartups 3'] },
    strike: (stage) => onHost(stage, FILL_SSHD),
  },
  {
    name: 'second-run',
    strike: ({ secondRun }) => secondRun(),
    allows: { otherRun: true },
  },
  clock('clock-forward', '+3600'),
  clock('clock-back', '-3600'),
  ...LOCK_OUTS,
]

const KILL_SHELL = readFileSync(`${import.meta.dirname}/../on-host/kill-shell.sh`, 'utf8')

const KILL_GUARD = `read -r guard _ </run/mailfw/attempt/guard
kill -9 "$guard"`

/** Longer than the window, so that the guard meets it too. */
const LOCK_XTABLES = `flock /run/xtables.lock sleep 15 >/dev/null 2>&1 &
sleep 0.5
! flock -n /run/xtables.lock true`

const DOCKER = `set -e
iptables -w -t nat -N DOCKER 2>/dev/null || true
iptables -w -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8443 -j DNAT --to-destination 172.17.0.3:443
iptables -w -N DOCKER-USER 2>/dev/null || true
iptables -w -C FORWARD -j DOCKER-USER 2>/dev/null || iptables -w -I FORWARD -j DOCKER-USER
iptables -w -A DOCKER-USER -s 198.19.0.3 -j DROP
`

/** All of sshd's places for those who have not logged in yet are taken for some seconds from when it refuses another one. */
const FILL_SSHD = `: >/fault/filled
for i in 1 2 3 4; do
  bash -c 'exec 3<>/dev/tcp/127.0.0.1/22; while [ -e /fault/filled ]; do sleep 0.1; done' >/dev/null 2>&1 &
done
isFull() { ! bash -c 'exec 3<>/dev/tcp/127.0.0.1/22; read -r -t 5 -u 3 line; [[ $line = SSH-* ]]' 2>/dev/null; }
for i in $(seq 20); do ! isFull || break; sleep 0.1; done
isFull
{ sleep 3; rm /fault/filled; } >/dev/null 2>&1 &`

function fullDisk(name: string, path: string): Fault {
  return {
    name,
    spec: { diskKb: { [path]: 2048 } },
    // dd fails when it is full
    strike: (stage) => onHost(stage, `! dd if=/dev/zero of=${path}/fill bs=4k 2>/dev/null`),
    lift: (stage) => onHost(stage, `rm -f ${path}/fill`),
  }
}

function failingRestore(how: 'fails' | 'hangs' | 'dies'): Fault {
  return {
    name: `restore-${how}`,
    steps: stepsBetween('connecting', 'between-families'),
    suits: ({ ipv6 }, step) => step !== 'between-families' || ipv6 === 'on',
    strike: (stage) => onHost(stage, `echo ${how} >/fault/restore`),
    // The stand-in takes it away when it strikes
    hasStruck: (stage) => isOnHost(stage, '[ ! -e /fault/restore ]'),
    lift: (stage) => onHost(stage, 'rm -f /fault/restore'),
  }
}

/** The rules themselves: at the step nothing more happens than that it takes longer. */
function blocked(name: string, vars: NonNullable<Fault['vars']>): Fault {
  return {
    name,
    vars,
    steps: stepsBetween('connecting', 'applied'),
    strike: ({ pause }) => pause(),
    hasStruck: (_stage, { host }) => host?.outcome === 'reverted',
  }
}

/** The wall clock as programs see it that a call starts; the guard too. */
function clock(name: string, offset: string): Fault {
  // The loader only warns of a library that is not there, and then the clock stays
  const setup = `library=$(ls /usr/lib/*/faketime/libfaketime.so.1)
sed -i "s|LIBRARY|$library|" /fault/environment
: >/fault/clock
echo 'Defaults env_file=/fault/environment' >>/etc/sudoers
`
  const set = `before=$(date +%s)
echo '${offset}' >/fault/clock
while read -r setting; do export "\${setting?}"; done </fault/environment
after=$(date +%s)
[ $((after - before)) -ge ${Number(offset)} ] && [ $((after - before)) -le ${Number(offset) + 60} ]`
  return { name, ways: OVER_SSH, spec: { setup }, strike: (stage) => onHost(stage, set), mustSucceed: true }
}
