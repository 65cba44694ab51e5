import type { LabHost } from '../lab/host.ts'

/** All that a firewall is on one host: the rules in its kernel, and the bytes of the files that it loads at boot. */
export async function rulesOf(host: LabHost): Promise<string> {
  const live = await Promise.all([host.save('v4'), host.save('v6')])
  const saved = await host.succeed('cat /etc/iptables/rules.v4 /etc/iptables/rules.v6')
  return [...live, saved].join('\n')
}

/** Whether the last attempt on the host was taken back there. */
export async function wasReverted(host: LabHost): Promise<boolean> {
  return (await host.run('test -e /run/mailfw/attempt/state.reverted')).code === 0
}
