import pLimit from 'p-limit'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'

/** Hosts whose names begin with `mx00`: a hundred of any fleet that is larger. */
export const HUNDRED = 'mx00*'
export const ONE = 'mx0000'

/** Every tenth host: so many are changed by hand. */
export const DRIFT_EVERY = 10

export function fleetOf(count: number): readonly HostSpec[] {
  return Array.from({ length: count }, (_, index) => ({ name: `mx${String(index).padStart(4, '0')}` }))
}

/** What a mail server of a fleet offers. */
export const SERVICES = {
  mailfw_services: {
    smtp: {},
    submission: { limit: { rate: '30/minute', burst: 60 }, connections: 50 },
    imaps: { limit: { rate: '60/minute', burst: 100 }, connections: 200 },
  },
}

/** Changes the live rules of every tenth host; resolves to their names. */
export async function makeDrift(lab: Lab): Promise<readonly string[]> {
  const names = [...lab.hosts.keys()].filter((_, index) => index % DRIFT_EVERY === 0)
  const limit = pLimit(4)
  await limit.map([...names], (name) =>
    lab.host(name).succeed('iptables -I INPUT 1 -s 203.0.113.7 -j ACCEPT'),
  )
  return names
}

/** Makes every host one that mailfw has never seen. */
export async function forget(lab: Lab): Promise<void> {
  const script = `
    rm -rf /var/lib/mailfw /run/mailfw /etc/iptables/rules.v4 /etc/iptables/rules.v6
    for command in iptables ip6tables; do
      printf '*filter\\n:INPUT ACCEPT\\n:FORWARD ACCEPT\\n:OUTPUT ACCEPT\\nCOMMIT\\n' | $command-restore
    done`
  await pLimit(4).map([...lab.hosts.values()].slice(0, 100), (host) => host.succeed(script))
}
