import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from './describe-lab.ts'
import type { Lab } from './lab.ts'
import { createLab } from './lab.ts'
import { leftOf, tracesOf } from './traces.ts'

describeLab('a lab', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab([{ name: 'mx1' }, { name: 'mx2.example.net', sshPort: 2222 }])
  })
  afterAll(() => lab.close())

  it('lets the controller log in by name, by IPv4 and by IPv6 address', async () => {
    const { name, address, address6 } = lab.host('mx1')
    for (const target of [name, address, address6]) {
      expect(await lab.controller(['ssh', `root@${target}`, 'hostname'])).toMatchObject({
        code: 0,
        stdout: 'mx1\n',
      })
    }
  })

  it('has hosts with a port and a name of their own', async () => {
    const result = await lab.controller(['ssh', '-p', '2222', 'root@mx2.example.net', 'hostname'])
    expect(result).toMatchObject({ code: 0, stdout: 'mx2.example.net\n' })
  })

  it('has hosts without any table of rules', async () => {
    expect(await lab.host('mx1').save('v4')).toBe('')
    expect(await lab.host('mx1').save('v6')).toBe('')
  })

  it('shows a host its own processes only', async () => {
    const processes = await lab.host('mx1').succeed('ps -A -o pid=,comm=')
    expect(processes).toMatch(/^ *1 sh$/m)
    expect(processes).not.toContain('node')
  })

  it('reaps what loses its parent on a host', async () => {
    const host = lab.host('mx1')
    await host.succeed('setsid sh -c "sleep 0.01 & exec true" </dev/null >/dev/null 2>&1 &')
    await expect.poll(() => host.succeed('ps -A -o stat=,comm=')).not.toMatch(/Z|sleep 0/)
  })

  it('leaves the files of the machine alone', async () => {
    await lab.host('mx1').succeed('echo hello >/etc/mailfw-lab-was-here; echo "10.0.0.1 x" >>/etc/hosts')
    expect(() => readFileSync('/etc/mailfw-lab-was-here')).toThrow('ENOENT')
    expect((await lab.host('mx2.example.net').run('cat /etc/mailfw-lab-was-here')).code).toBe(1)
  })

  it('lets nothing out of its namespaces', async () => {
    expect(await lab.connects('controller', '192.0.2.1', 80)).toBe('filtered')
    expect(await lab.controller(['ip', 'route', 'get', '192.0.2.1'])).toMatchObject({ code: 2 })
  })

  it('tells open, closed and filtered ports', async () => {
    const { address, address6 } = lab.host('mx1')
    await lab.listen('mx1', 25)
    expect(await lab.connects('controller', address, 25)).toBe('open')
    expect(await lab.connects('mx2.example.net', address6, 25)).toBe('open')
    expect(await lab.connects('controller', address, 26)).toBe('closed')
    await lab.host('mx1').succeed('iptables -A INPUT -p tcp --dport 25 -j DROP')
    expect(await lab.connects('controller', address, 25)).toBe('filtered')
    await lab.host('mx1').succeed('iptables -F')
  })

  it('sends from an address that was asked for, one packet for each try', async () => {
    const host = lab.host('mx1')
    await lab.controller(['ip', 'address', 'add', '198.18.255.2/15', 'dev', 'lab'])
    await host.succeed('iptables -A INPUT -s 198.18.255.2 -p tcp --syn -j DROP')
    expect(await lab.connects('controller', host.address, 22, { localAddress: '198.18.255.2' })).toBe(
      'filtered',
    )
    expect(await lab.connects('controller', host.address, 22)).toBe('open')
    expect(await host.succeed('iptables-save -c')).toContain('[1:60] -A INPUT -s 198.18.255.2')
    await host.succeed('iptables -F')
  })

  it('gives the controller a home that OpenSSH finds too', async () => {
    const result = await lab.controller(['ssh', '-G', 'mx1'])
    expect(result.stdout).toContain('identityfile ~/.ssh/id_ed25519')
    expect((await lab.controller(['sh', '-c', 'cd; pwd; getent passwd root'])).stdout).toContain(
      `${lab.home}\nroot:x:0:0:root:${lab.home}:`,
    )
  })

  it('gives a program on the controller a terminal when asked', async () => {
    const command = ['sh', '-c', 'test -t 0 && test -t 2 && echo "it\'s $1"', 'sh', 'a terminal']
    expect(await lab.controller(command, { tty: true })).toMatchObject({
      code: 0,
      stdout: "it's a terminal\r\n",
    })
    expect(await lab.controller(command)).toMatchObject({ code: 1 })
  })

  it('starts programs on the controller that can be killed by their own id', async () => {
    const child = lab.spawnController(['sh', '-c', 'echo $$; exec sleep 1000'])
    const pid = await new Promise<string>((resolve) => {
      child.stdout?.once('data', (chunk: Buffer) => {
        resolve(chunk.toString().trim())
      })
    })
    expect(Number(pid)).toBe(child.pid)
    const ended = new Promise((resolve) =>
      child.once('exit', (_, signal) => {
        resolve(signal)
      }),
    )
    child.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
  })

  it('writes an inventory that Ansible reads', async () => {
    const path = await lab.inventory({
      all: { mailfw_services: { smtp: {} } },
      hosts: { mx1: { answer: 'yes' } },
    })
    const { stdout, code } = await lab.controller(['ansible-inventory', '-i', path, '--host', 'mx1'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      ansible_host: '198.18.0.1',
      ansible_user: 'root',
      answer: 'yes',
      mailfw_addresses: ['198.18.0.1', '2001:db8::1'],
      mailfw_services: { smtp: {} },
    })
  })
})

describeLab('closing a lab', () => {
  it('leaves no process, no mount and no file', async () => {
    const lab = await createLab([{ name: 'mx1' }])
    lab.spawnController(['sh', '-c', 'sleep 1000 & exec sleep 1000'])
    await lab.listen('controller', 25)
    const traces = tracesOf(lab.home, [lab.pid, lab.host('mx1').pid])
    expect(leftOf(traces)).not.toEqual([])
    await lab.close()
    await expect.poll(() => leftOf(traces)).toEqual([])
  })

  it('does not touch another lab at the same addresses', async () => {
    const [first, second] = await Promise.all([createLab([{ name: 'mx1' }]), createLab([{ name: 'mx1' }])])
    await first.host('mx1').succeed('touch /etc/first')
    await first.close()
    const result = await second.controller(['ssh', 'root@198.18.0.1', 'test ! -e /etc/first'])
    await second.close()
    expect(result.code).toBe(0)
  })

  it('happens also where a host cannot start', async () => {
    const starting = createLab([
      { name: 'mx1' },
      { name: 'mx2', rules: { v4: '*filter\nnonsense\nCOMMIT\n' } },
    ])
    await expect(starting).rejects.toThrow(/Expected mx2 to start, got: Bad argument `nonsense'/)
  })
})

describeLab('twenty hosts', () => {
  it('start in a few seconds', async () => {
    const started = performance.now()
    const lab = await createLab(Array.from({ length: 20 }, (_, index) => ({ name: `mx${index + 1}` })))
    const seconds = (performance.now() - started) / 1000
    const { address6 } = lab.host('mx20')
    const reach = await lab.connects('mx1', address6, 22)
    await lab.close()
    expect(reach).toBe('open')
    expect(seconds).toBeLessThan(10) // about one where nothing else runs
  })
})
