import { dump } from 'js-yaml'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { beforeCall } from './between-calls.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN, TAKES_RULES } from './mailfw.ts'

const PATIENCE = 4
const REFUSES_NEIGHBOURS = {
  v4: '*filter\n-A INPUT -s 198.18.0.1 -p tcp --dport 22 -j ACCEPT\n-A INPUT -p tcp --dport 22 -j REJECT\nCOMMIT\n',
}
const SILENT = { v4: '*filter\n-A INPUT -p tcp --dport 22 -j DROP\nCOMMIT\n' }
const MORE_PORTS = [2301, 2302, 2303, 2304, 2305, 2306]

/** The first is the jump host: only from there are those behind it reached. */
const specs: readonly HostSpec[] = [
  { name: 'jump' },
  { name: 'direct' },
  { name: 'over-ipv6' },
  { name: 'behind', rules: REFUSES_NEIGHBOURS },
  { name: 'behind-slowly', ...beforeCall({ 2: 'sleep 3\n' }) },
  { name: 'behind-by-config', rules: REFUSES_NEIGHBOURS },
  { name: 'behind-by-command', rules: REFUSES_NEIGHBOURS },
  { name: 'silent', rules: SILENT },
  { name: 'no-forwarding', sshdOptions: ['AllowTcpForwarding no'] },
  { name: 'behind-no-forwarding' },
  { name: 'behind-nothing' },
  { name: 'broken-command' },
  { name: 'old-algorithms', sshdOptions: ['KexAlgorithms diffie-hellman-group1-sha1'] },
  { name: 'closed-port' },
  { name: 'unnamed' },
  {
    name: 'busy',
    sshdOptions: ['MaxStartups 1', 'AddressFamily inet', ...MORE_PORTS.map((port) => `Port ${port}`)],
  },
]
const REACHED = ['jump', 'direct', 'over-ipv6', 'behind', 'behind-by-config', 'behind-by-command']
const REFUSED: Readonly<Record<string, readonly [code: string, sentence: RegExp]>> = {
  silent: ['tcp', /^no TCP connection to [\d.]+:22: no answer within 4 s$/],
  'behind-no-forwarding': [
    'tcp',
    /^no TCP connection to [\d.]+:22 over the jump host no-forwarding:22: it forwards nothing there \(AllowTcpForwarding or PermitOpen in its sshd_config\)$/,
  ],
  'behind-nothing': [
    'tcp',
    /^over the jump host 198\.18\.0\.200:22: no TCP connection to 198\.18\.0\.200:22: no route to the host$/,
  ],
  'broken-command': ['tcp', /^no connection to [\d.]+:22: the ProxyCommand said: oops$/],
  'old-algorithms': [
    'algorithms',
    /^no common way to speak SSH with [\d.]+:22: .*no matching key exchange algorithm$/,
  ],
  'closed-port': ['tcp', /^no TCP connection to [\d.]+:23: connection refused$/],
  unnamed: ['name', /^the name no-such-host\.invalid does not resolve: /],
}

/** Servers on the controller's own loopback that take a connection and go wrong. */
const LISTENERS = `
const { createServer } = require('node:net')
const serve = (port, answer) =>
  createServer((socket) => answer(socket.on('error', () => {}))).listen(port, '127.0.0.1')
serve(2201, () => {})
serve(2202, (socket) => socket.destroy())
serve(2203, (socket) => socket.end('HTTP/1.1 400 \\x1b[31mBad Request\\r\\n\\r\\n'))
serve(2204, (socket) => {
  const write = () => { while (socket.write('x'.repeat(65536) + '\\n')); }
  socket.on('drain', write)
  write()
})
serve(2205, (socket) => socket.write('SSH-2.0-slow\\r\\n')).on('listening', () => console.log('ready'))
`
const IMPOLITE: Readonly<Record<string, readonly [port: number, sentence: RegExp]>> = {
  mute: [2201, /^127\.0\.0\.1:2201 took the connection but did not come to a login within 4 s$/],
  closing: [2202, /^127\.0\.0\.1:2202 took the connection but closed it before the login$/],
  http: [
    2203,
    /^127\.0\.0\.1:2203 took the connection but closed it before the login; its first line was "HTTP\/1\.1 400 \\x1b\[31mBad Request"$/,
  ],
  endless: [
    2204,
    /^127\.0\.0\.1:2204 took the connection but what it says is not SSH \(Header line too long\); its first line was "x{200}…"$/,
  ],
  slow: [
    2205,
    /^127\.0\.0\.1:2205 took the connection but did not come to a login within 4 s; its first line was "SSH-2\.0-slow"$/,
  ],
}

describeLab('the way to a host', () => {
  let lab: Lab
  let run: Run
  let inventory: string
  beforeAll(async () => {
    lab = await createLab(specs)
    const config = 'Host behind-by-config\n  ProxyJump root@jump\n'
    await lab.controller(['sh', '-c', 'cat >.ssh/config'], { input: config })
    inventory = await lab.inventory({
      all: OPEN,
      hosts: {
        'over-ipv6': { ansible_host: lab.host('over-ipv6').address6 },
        behind: { ansible_ssh_common_args: '-J root@jump' },
        'behind-slowly': { ansible_ssh_common_args: '-J root@jump' },
        'behind-by-config': { ansible_host: 'behind-by-config' },
        'behind-by-command': { ansible_ssh_common_args: '-o ProxyCommand="ssh -W %h:%p root@jump"' },
        'behind-no-forwarding': { ansible_ssh_common_args: '-J root@no-forwarding' },
        'behind-nothing': { ansible_ssh_common_args: '-J root@198.18.0.200' },
        'broken-command': { ansible_ssh_common_args: '-o ProxyCommand="echo oops >&2; exit 3"' },
        'closed-port': { ansible_port: 23 },
        unnamed: { ansible_host: 'no-such-host.invalid' },
      },
    })
    run = await mailfw(
      lab,
      'deploy',
      inventory,
      '--timeout',
      String(PATIENCE),
      '--limit',
      'all,!jump,!busy',
      ...TAKES_RULES,
    )
  })
  afterAll(() => lab.close())

  it.each(REACHED.filter((name) => name !== 'jump'))('is followed, also to confirm: %s', (name) => {
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed', connections: 2 })
  })

  it('is never a direct one where a jump host or a command is named', async () => {
    const { address, address6 } = lab.host('jump')
    for (const name of ['behind', 'behind-by-config', 'behind-by-command']) {
      const log = await lab.host(name).succeed('cat /var/log/sshd.log')
      const peers = [...log.matchAll(/^Accepted publickey for root from (\S+) /gm)].map(([, peer]) => peer)
      expect(peers).toHaveLength(2)
      expect(peers.filter((peer) => peer !== address && peer !== address6)).toEqual([])
    }
  })

  it.each(Object.keys(REFUSED))('that does not lead there is a sentence: %s', (name) => {
    const [code, sentence] = REFUSED[name] ?? []
    const { outcome, message, ...result } = run.host(name)
    expect([outcome, result.code]).toEqual(['unreachable', code])
    expect(message).toMatch(/; nothing was changed$/)
    expect(message.replace(/; nothing was changed$/, '')).toMatch(sentence ?? '')
  })

  it('holds up no other host', () => {
    expect(run.code).toBe(4)
    expect(run.host('direct').seconds).toBeLessThan(run.host('silent').seconds)
  })

  it.each([
    ['-J root@jump', {}],
    // Of a host that is not mailfw's
    ['-o ProxyCommand="ssh -W %h:%p root@jump"', { mailfw_services: null }],
  ])('that a change of the jump host closes is open again: %s, %o', async (way, more) => {
    const behind = { ansible_ssh_common_args: way, ...OPEN, ...more }
    const hosts = { behind, jump: { mailfw_policies: { output: 'drop' } } }
    const closing = await lab.inventory({ all: OPEN, hosts }, 'closing.yaml')
    const closed = await mailfw(lab, 'deploy', closing, '--limit', 'jump')
    expect(closed.host('jump')).toMatchObject({ outcome: 'reverted', code: 'cut-off' })
    expect(closed.host('jump').message).toMatch(
      /^the way through this host to behind was open before .*; the old rules are back$/,
    )
  })

  it('that a change of the jump host closes is not called closed by the rules of a host behind', async () => {
    const hosts = {
      'behind-slowly': { ansible_ssh_common_args: '-J root@jump', mailfw_services: { smtp: {}, pop3s: {} } },
      jump: { mailfw_policies: { output: 'drop' }, mailfw_confirm_seconds: 60 },
    }
    const both = await lab.inventory({ all: OPEN, hosts }, 'both.yaml')
    await lab.host('behind-slowly').succeed('rm /etc/calls')
    const ended = await mailfw(lab, 'deploy', both, '--limit', 'jump,behind-slowly', '--max-failures', '2')
    expect(ended.host('jump')).toMatchObject({ outcome: 'reverted', code: 'cut-off' })
    expect(ended.host('behind-slowly')).toMatchObject({ outcome: 'reverted', code: 'jump-host' })
    expect(ended.host('behind-slowly').message).toContain('leads over jump, which this run changes too')
  })

  it('through a jump host is still open after a change that leaves it', async () => {
    const good = await mailfw(lab, 'deploy', inventory, '--limit', 'jump')
    expect(good.host('jump')).toMatchObject({ outcome: 'confirmed', connections: 2 })
  })

  it('is tried again for hosts whose sshd takes one login at a time', async () => {
    const { address } = lab.host('busy')
    const hosts = MORE_PORTS.map((port) => [
      `busy${port}`,
      { ansible_host: address, ansible_port: port, ansible_user: 'root', ...OPEN },
    ])
    const crowd = await mailfw(lab, 'check', await write('busy.yaml', hosts), '--accept-new-host-keys')
    // All were reached: they turned out to be one machine.
    expect(crowd.hosts.map(({ code }) => code)).toEqual(MORE_PORTS.map(() => 'same-machine'))
    // It did refuse some of them
    expect(
      await lab.host('busy').succeed('grep -c "drop connection\\|beginning MaxStartups" /var/log/sshd.log'),
    ).not.toBe('0\n')
  })

  it('ends in time, with a sentence, where a server takes the connection and goes wrong', async () => {
    const listeners = lab.spawnController(['node', '-e', LISTENERS])
    await new Promise((resolve) => listeners.stdout?.once('data', resolve))
    const hosts = Object.entries(IMPOLITE).map(([name, [port]]) => [
      name,
      { ansible_host: '127.0.0.1', ansible_port: port, ansible_user: 'root', ...OPEN },
    ])
    const inventory = await write('impolite.yaml', hosts)
    const impolite = await mailfw(lab, 'deploy', inventory, '--timeout', String(PATIENCE))
    listeners.kill()
    expect(impolite.seconds).toBeLessThan(PATIENCE + 4)
    for (const [name, [, sentence]] of Object.entries(IMPOLITE)) {
      const { outcome, code, message } = impolite.host(name)
      expect([outcome, code]).toEqual(['unreachable', 'refused'])
      expect(message).toMatch(/; nothing was changed$/)
      expect(message.replace(/; nothing was changed$/, '')).toMatch(sentence)
    }
  })

  async function write(name: string, hosts: readonly (readonly unknown[])[]): Promise<string> {
    const text = dump({ mail: { hosts: Object.fromEntries(hosts) as unknown } })
    await lab.controller(['sh', '-c', `cat >${name}`], { input: text })
    return `${lab.home}/${name}`
  }
})
