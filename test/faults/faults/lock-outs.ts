import { ban, unban } from '../../lab/programs/fail2ban.ts'
import type { Famine } from '../../remote/starve.ts'
import { done, limited, withoutForks } from '../../remote/starve.ts'
import type { Fault } from './faults.ts'
import type { Stage } from '../stage.ts'
import { isOnHost, onHost } from '../stage.ts'
import { stepsBetween } from '../steps.ts'

/** Until after the deadline, for without it iptables-legacy cannot tell what is live. */
const HIDE_PROC = '(sleep 15; umount /proc) >/dev/null 2>&1 & mount -t tmpfs none /proc'

/** Shuts the controller out, which then dies: only the guard can bring the old rules back, and the world is another one by then. */
const NOBODY = { mailfw_ssh: { from: ['203.0.113.9', '2001:db8:ffff::9'] } }

/** Addresses that fail2ban bans meanwhile. */
const [MOVED, NEW] = ['198.19.0.5', '198.19.0.6']

export const LOCK_OUTS: readonly Fault[] = [
  lockOut('locked-out', () => Promise.resolve()),
  {
    // A ban goes and comes again behind another, a container is started
    ...lockOut('locked-out-reordered', (stage) => onHost(stage, REORDER)),
    spec: { setup: ban(MOVED) },
    allows: {
      noOutcome: true,
      reorders: true,
      brings: { v4: [`f2b-sshd -s ${NEW}/32`, '--dport 9443'] },
    },
  },
  {
    ...lockOut('locked-out-set-gone', (stage) => onHost(stage, DESTROY_SET)),
    hasStruck: async (stage) => (await isReverted(stage)) && isOnHost(stage, '[ -e /fault/set-gone ]'),
    spec: {
      setup: `ipset create window hash:net
ipset add window 198.18.0.0/15
iptables -A INPUT -m set --match-set window src -j ACCEPT
`,
    },
  },
  starved('forks', withoutForks(2.5)),
  starved('memory', limited('--as=1:')),
  starved('files', limited('--nofile=0:')),
  {
    // sshd lets in only if that directory is there
    ...starved('run', done('umount -l /run; mkdir -p -m 0755 /run/sshd')),
    steps: ['between-families', 'applied'],
  },
  starved('proc', done(HIDE_PROC)),
  {
    ...lockOut('locked-out-switched', (stage) => onHost(stage, switchTo(otherOf(stage)))),
    // Before the change it is refused, and nothing is to be reverted; else the guard has to find it so at the deadline
    hasStruck: (stage) => onHost(stage, GUARD_IS_GONE).then(() => true),
    lift: (stage) => onHost(stage, switchTo(backendOf(stage))),
    isSlow: true,
  },
  {
    ...lockOut('locked-out-saved', (stage) => onHost(stage, SAVE)),
    // Before that the change is refused: the files are not those that were examined
    steps: stepsBetween('armed', 'applied'),
    allows: { noOutcome: true, saves: true },
  },
]

function lockOut(name: string, meanwhile: (stage: Stage) => Promise<void>): Fault {
  return {
    name,
    vars: NOBODY,
    // What is sent by halves is not run
    steps: stepsBetween('locked', 'applied'),
    strike: async (stage) => {
      stage.run.kill()
      await meanwhile(stage)
    },
    hasStruck: isReverted,
    allows: { noOutcome: true },
  }
}

/** The guard is there without what it takes for granted. */
function starved(what: string, famine: Famine): Fault {
  return {
    ...lockOut(`locked-out-no-${what}`, ({ host }) => famine(host)),
    steps: stepsBetween('armed', 'applied'),
  }
}

const REORDER = `${ban(NEW)}${unban(MOVED)}${ban(MOVED)}
iptables -w -t nat -N DOCKER 2>/dev/null || true
iptables -w -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 9443 -j DNAT --to-destination 172.17.0.4:443
`

/** It can be destroyed once no rule names it. */
const DESTROY_SET = `for i in $(seq 100); do
  ! ipset destroy window 2>/dev/null || { : >/fault/set-gone; break; }
  sleep 0.1
done >/dev/null 2>&1 &`

const SAVE = `mkdir -p /etc/iptables
iptables-save | grep -v -e --match-set >/etc/iptables/rules.v4
[ ! -e /proc/net/if_inet6 ] || ip6tables-save >/etc/iptables/rules.v6
`

/** Waits for the guard, which has something to revert only if the rules were applied. */
function isReverted(stage: Stage): Promise<boolean> {
  return isOnHost(stage, REVERTED)
}

const REVERTED = `for i in $(seq 150); do
  [ ! -e /run/mailfw/attempt/state.reverted ] || exit 0
  sleep 0.2
done
exit 1`

const GUARD_IS_GONE = `for i in $(seq 150); do
  ls /run/mailfw/attempt/state.armed /run/mailfw/attempt/state.applied >/dev/null 2>&1 || break
  sleep 0.2
done`

type Backend = 'nft' | 'legacy'

function backendOf({ host }: Stage): Backend {
  return host.spec.backend === 'legacy' ? 'legacy' : 'nft'
}

function otherOf(stage: Stage): Backend {
  return backendOf(stage) === 'legacy' ? 'nft' : 'legacy'
}

/** As update-alternatives does, and a package's upgrade. */
function switchTo(backend: Backend): string {
  return `for program in iptables ip6tables; do
  for suffix in '' -save -restore; do
    ln -sf "/usr/sbin/$program-${backend}$suffix" "/etc/alternatives/$program$suffix"
  done
done
! iptables -V | grep -q ${backend === 'nft' ? 'legacy' : 'nf_tables'}`
}
