import { afterAll, beforeAll, expect, it } from 'vitest'
import { savedPaths } from './boot-loader.ts'
import { describeLab } from './describe-lab.ts'
import type { BootLoader } from './host-spec.ts'
import type { Lab } from './lab.ts'
import { createLab } from './lab.ts'
import { ban } from './programs/fail2ban.ts'

const loaders: readonly BootLoader[] = ['debian', 'rhel', 'alpine', 'arch', 'none']
const saved = {
  v4: '*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n',
  v6: '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n',
}

describeLab('a reboot', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab(loaders.map((bootLoader) => ({ name: bootLoader, bootLoader, saved })))
  })
  afterAll(() => lab.close())

  it('ends processes and empties /run, /tmp and the kernel, and keeps files', async () => {
    const host = lab.host('none')
    const before = host.pid
    await host.succeed(
      'touch /run/gone /tmp/gone /root/kept /etc/kept; setsid sleep 1000 </dev/null >/dev/null 2>&1 &',
    )
    await host.succeed(ban('192.0.2.1'))
    await host.succeed(
      'sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0; iptables -w -A INPUT -m conntrack --ctstate NEW',
    )
    const bootId = await host.succeed('ls -di /proc/1/ns/net')
    await host.reboot()
    expect(host.pid).not.toBe(before)
    expect(await host.succeed('ls -A /tmp; ls /run; ls /root /etc/kept')).toBe(
      'lock\nsshd\nsshd.pid\n/etc/kept\n\n/root:\nkept\n',
    )
    expect(await host.succeed('ps -A -o comm=')).not.toMatch(/sleep 1000/)
    expect(await host.succeed('ls -di /proc/1/ns/net')).not.toBe(bootId)
    expect(await host.save('v4')).toBe('')
  })

  it('keeps host keys and addresses', async () => {
    const host = lab.host('debian')
    await lab.controller(['ssh', `root@${host.address}`, 'true'])
    await host.reboot()
    for (const address of [host.address, host.address6]) {
      expect(await lab.controller(['ssh', `root@${address}`, 'true'])).toMatchObject({ code: 0, stderr: '' })
    }
  })

  it.each(loaders.filter((loader) => loader !== 'none'))(
    'loads the saved files by the loader %s',
    async (loader) => {
      const host = lab.host(loader)
      await host.reboot()
      expect(await host.save('v4')).toBe(saved.v4.replaceAll(' [0:0]', ''))
      expect(await host.save('v6')).toBe(saved.v6.replaceAll(' [0:0]', ''))
    },
  )

  it('loads nothing without a loader, and nothing from files that are missing', async () => {
    await lab.host('none').reboot()
    expect(await lab.host('none').save('v4')).toBe('')
    const host = lab.host('debian')
    await host.succeed(`rm ${savedPaths.debian.v4}`)
    await host.reboot()
    expect(await host.save('v4')).toBe('')
    expect(await host.save('v6')).not.toBe('')
  })

  it('saves unconfirmed rules where a service does so when it stops, after an orderly shutdown only', async () => {
    const host = lab.host('alpine')
    await host.succeed('iptables -A INPUT -s 192.0.2.1 -j ACCEPT')
    await host.reboot()
    expect(await host.save('v4')).not.toContain('192.0.2.1')
    await host.succeed('iptables -A INPUT -s 192.0.2.1 -j ACCEPT')
    await host.reboot('orderly')
    expect(await host.save('v4')).toContain('192.0.2.1')
  })

  it('is noticed by nobody while the host is off', async () => {
    const host = lab.host('arch')
    await host.powerOff()
    expect(await lab.connects('controller', host.address, 22)).toBe('filtered')
    await expect(async () => host.run('true')).rejects.toThrow('Expected arch to run, but it is switched off')
    await host.powerOn()
    expect(await lab.connects('controller', host.address, 22)).toBe('open')
  })
})
