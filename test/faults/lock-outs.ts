import { ban, unban } from '../lab/programs/fail2ban.ts'
import type { Fault } from './faults.ts'
import type { Stage } from './stage.ts'

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
]

function lockOut(name: string, meanwhile: (stage: Stage) => Promise<void>): Fault {
  return {
    name,
    vars: NOBODY,
    strike: async (stage) => {
      stage.run.kill()
      await meanwhile(stage)
    },
    allows: { noOutcome: true },
  }
}

const REORDER = `${ban(NEW)}${unban(MOVED)}${ban(MOVED)}
iptables -w -t nat -N DOCKER 2>/dev/null || true
iptables -w -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 9443 -j DNAT --to-destination 172.17.0.4:443
`

async function onHost({ host }: Stage, script: string): Promise<void> {
  await host.succeed(script)
}
