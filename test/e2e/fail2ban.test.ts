import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { rulesOf } from './host-state.ts'
import { mailfw, OPEN } from './mailfw.ts'

/** fail2ban does what it is told a little later. */
const PATIENT = { timeout: 10_000 }
const STRANGER = '198.18.255.2'

/** A jail that reads a log of its own, so that nothing but our words bans anybody. */
const CONFIGURATION = `mkdir -p /run/fail2ban /etc/fail2ban/jail.d
rm -f /etc/fail2ban/jail.d/* /var/lib/fail2ban/fail2ban.sqlite3
: >/var/log/fail2ban.log
: >/var/log/logins
cat >/etc/fail2ban/jail.local <<'END'
[DEFAULT]
backend = polling
banaction = iptables-multiport
[sshd]
enabled = true
logpath = /var/log/logins
END
`
const specs: readonly HostSpec[] = [
  { name: 'nft', setup: CONFIGURATION },
  { name: 'legacy', backend: 'legacy', setup: CONFIGURATION },
]

describeLab('a fail2ban that runs on a host', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab(specs)
    await lab.controller(['ip', 'address', 'add', `${STRANGER}/15`, 'dev', 'lab'])
  })
  afterAll(() => lab.close())

  const reach = (host: LabHost) => lab.connects('controller', host.address, 22, { localAddress: STRANGER })

  it('goes on banning and unbanning after a deploy, and stops without an error', async () => {
    const hosts = [...lab.hosts.values()]
    for (const host of hosts) {
      await host.succeed('fail2ban-client start >/dev/null && fail2ban-client set sshd banip 192.0.2.7')
    }
    const { code } = await mailfw(lab, 'deploy', await lab.inventory({ all: OPEN }))
    expect(code).toBe(0)
    for (const host of hosts) {
      await host.succeed(`fail2ban-client set sshd banip ${STRANGER}`)
      await expect.poll(() => reach(host), PATIENT).not.toBe('open')
      expect(rulesOf(await host.save('v4'), 'f2b-sshd')).toHaveLength(3)
      await host.succeed(`fail2ban-client set sshd unbanip ${STRANGER}`)
      await expect.poll(() => reach(host), PATIENT).toBe('open')
      await host.succeed('fail2ban-client stop')
      await expect.poll(() => host.save('v4'), PATIENT).not.toContain('f2b-')
      const log = await host.succeed('cat /var/log/fail2ban.log')
      expect(log).toContain('Ban 192.0.2.7')
      expect(log).not.toMatch(/ERROR|WARNING.*iptables/)
    }
  })
})
