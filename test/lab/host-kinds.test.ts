import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from './describe-lab.ts'
import type { HostSpec } from './host-spec.ts'
import type { Lab } from './lab.ts'
import { createLab } from './lab.ts'

const specs: readonly HostSpec[] = [
  { name: 'plain' },
  { name: 'legacy', backend: 'legacy', rules: { v4: '*filter\n-A INPUT -s 192.0.2.1 -j DROP\nCOMMIT\n' } },
  { name: 'busybox', shell: 'busybox' },
  { name: 'bash', shell: 'bash' },
  { name: 'csh', loginShell: 'csh' },
  { name: 'fish', loginShell: 'fish', user: 'sudo' },
  { name: 'nologin', loginShell: 'nologin' },
  { name: 'sudo', user: 'sudo' },
  { name: 'password', user: 'sudo-password' },
  { name: 'nobody', user: 'plain' },
  { name: 'v4only', ipv6: false },
  { name: 'bare', without: ['iptables', 'iptables-save'], osRelease: 'ID=alpine\n', bootLoader: 'none' },
  { name: 'small', diskKb: { '/etc/iptables': 16, '/run': 64 } },
  { name: 'sshd', sshdOptions: ['MaxStartups 1', 'Match User root', 'ForceCommand echo forced'] },
  { name: 'ready', setup: 'echo "$HOME" >/etc/set-up\n' },
]

describeLab('a host', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab(specs)
  })
  afterAll(() => lab.close())

  const ssh = (target: string, command: string) => lab.controller(['ssh', target, command])
  const out = async (name: string, script: string) => (await lab.host(name).succeed(script)).trim()

  it('has the backend that was asked for, in both families', async () => {
    expect(await out('plain', 'iptables -V; ip6tables-restore -V')).toMatch(
      /^(ip6?tables\S* v\S+ \(nf_tables\)\n?){2}$/,
    )
    expect(await out('legacy', 'iptables -V; ip6tables-restore -V')).toMatch(
      /^(ip6?tables\S* v\S+ \(legacy\)\n?){2}$/,
    )
  })

  it('has the rules that were asked for, in the kernel of that backend', async () => {
    expect(await lab.host('legacy').save('v4')).toContain('-A INPUT -s 192.0.2.1/32 -j DROP\n')
    expect(await out('legacy', 'iptables-nft-save')).not.toContain('192.0.2.1')
  })

  it.each([
    ['plain', 'dash'],
    ['busybox', 'busybox'],
    ['bash', 'bash'],
  ])('has the sh that was asked for: %s', async (name, program) => {
    expect(await out(name, 'readlink -f /bin/sh')).toBe(`/usr/bin/${program}`)
    expect((await ssh(`root@${name}`, 'sh -c "readlink /proc/\\$\\$/exe; :"')).stdout).toBe(
      `/usr/bin/${program}\n`,
    )
  })

  it('has the login shell that was asked for', async () => {
    expect((await ssh('root@csh', 'echo $shell')).stdout).toBe('/bin/csh\n')
    expect((await ssh('admin@fish', 'echo (math 1+1)')).stdout).toBe('2\n')
    expect(await ssh('root@nologin', 'true')).toMatchObject({ code: 1 })
  })

  it('lets admin become root as was asked', async () => {
    expect((await ssh('admin@sudo', 'id -un; sudo -n id -un')).stdout).toBe('admin\nroot\n')
    expect((await ssh('admin@password', 'sudo -n id -un')).stderr).toMatch(/password is required/)
    expect((await ssh('admin@nobody', 'sudo -n id -un')).code).toBe(1)
    const withPassword = ['ssh', 'admin@password', 'sudo -S -p "" id -un']
    expect(await lab.controller(withPassword, { input: `${lab.password}\n` })).toMatchObject({
      stdout: 'root\n',
    })
  })

  it('lets in with the password too', async () => {
    const askpass = `${lab.home}/askpass`
    await lab.controller([
      'sh',
      '-c',
      `printf '#!/bin/sh\\necho ${lab.password}\\n' >${askpass}; chmod 755 ${askpass}`,
    ])
    const result = await lab.controller(
      ['ssh', '-o', 'PreferredAuthentications=password', 'admin@sudo', 'id -un'],
      { env: { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' } },
    )
    expect(result.stdout).toBe('admin\n')
  })

  it('has no IPv6 where that was asked', async () => {
    expect(await out('v4only', 'ip -6 address')).toBe('')
    expect(await lab.connects('controller', lab.host('v4only').address, 22)).toBe('open')
  })

  it('lacks programs and has another distribution where that was asked', async () => {
    expect((await lab.host('bare').run('command -v iptables')).code).toBe(127)
    expect(await out('bare', 'cat /etc/os-release; ls /etc/iptables 2>&1 | wc -l')).toBe('ID=alpine\n1')
    expect((await lab.host('plain').run('command -v iptables')).code).toBe(0)
  })

  it('has disks that can be filled', async () => {
    const host = lab.host('small')
    expect((await host.run('head -c 20000 /dev/zero >/etc/iptables/zero')).stderr).toContain('No space left')
    expect((await host.run('head -c 80000 /dev/zero >/run/zero')).stderr).toContain('No space left')
  })

  it('has an enabled boot loader unless that was declined', async () => {
    expect(await out('plain', 'systemctl is-enabled netfilter-persistent')).toBe('enabled')
    expect((await lab.host('bare').run('systemctl is-enabled netfilter-persistent')).code).not.toBe(0)
  })

  it('follows the lines of sshd_config that were given', async () => {
    expect((await ssh('root@sshd', 'hostname')).stdout).toBe('forced\n')
    expect(await out('sshd', 'sshd -T | grep ^maxstartups')).toBe('maxstartups 1:30:1')
  })

  it('runs a setup script', async () => {
    expect(await out('ready', 'cat /etc/set-up')).toBe('/root')
  })
})
