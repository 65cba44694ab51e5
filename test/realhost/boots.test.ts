import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lab } from '../lab/lab.ts'
import { createRealLab } from './real-lab.ts'
import { describeReal } from './describe-real.ts'

const SAVED = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 203.0.113.1/32 -j DROP\nCOMMIT\n'

describeReal('a real host', (image) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createRealLab(image, [{ name: 'mx1', saved: { v4: SAVED } }])
  })
  afterAll(() => lab.close())

  const bootId = () => lab.host('mx1').succeed('cat /proc/sys/kernel/random/boot_id')

  it('is a Debian that systemd has booted, with all its services', async () => {
    const host = lab.host('mx1')
    expect(await host.succeed('cat /proc/1/comm; . /etc/os-release; echo $ID')).toBe('systemd\ndebian\n')
    const services = ['ssh', 'netfilter-persistent', 'postfix', 'dovecot', 'fail2ban', 'systemd-logind']
    const states = await host.succeed(`systemctl is-active ${services.join(' ')}`)
    expect(states).toBe('active\n'.repeat(services.length))
  })

  it('has after a reboot the rules that were saved, and none that only the kernel had', async () => {
    const host = lab.host('mx1')
    await host.succeed(
      'iptables -A INPUT -s 203.0.113.2 -j DROP; ip6tables -A INPUT -s 2001:db8:2::2 -j DROP',
    )
    const before = await bootId()
    await host.reboot()
    expect(await bootId()).not.toBe(before)
    expect(await host.save('v4')).toBe(
      SAVED.replace(' [0:0]', '').replace('-A', ':FORWARD ACCEPT\n:OUTPUT ACCEPT\n-A'),
    )
    expect(await host.save('v6')).not.toContain('-A')
  })
})
