import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { HostState } from './host-state.ts'
import { stateOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { MAILFW, mailfw, OPEN, TAKES_RULES } from './mailfw.ts'

const DROPS =
  '*filter\n:INPUT DROP [0:0]\n-A INPUT -s 198.18.0.0/15 -j ACCEPT\n-A INPUT -s 2001:db8::/32 -j ACCEPT\nCOMMIT\n'
const inFamily = (family: 'v4' | 'v6') =>
  DROPS.split('\n')
    .filter((line) => !line.includes(family === 'v4' ? '2001:db8' : '198.18'))
    .join('\n')
const loadedBy = (backend: string) =>
  `iptables-${backend}-restore <<'END'\n${inFamily('v4')}END\nip6tables-${backend}-restore <<'END'\n${inFamily('v6')}END\n`
const filled = (directory: string) =>
  `mkdir -p ${directory}; dd if=/dev/zero of=${directory}/zero 2>/dev/null || :`

interface Refused {
  readonly spec: HostSpec
  readonly code: string
  /** Without the state of the host, with which each sentence ends. */
  readonly sentence: RegExp
  /** Makes a deploy possible, where that is not the command in the result. */
  readonly mend?: string
  /** The command of the result is one of mailfw itself. */
  readonly isRunHere?: true
}

const REFUSED: readonly Refused[] = [
  {
    spec: { name: 'no-iptables', without: ['iptables', 'iptables-save', 'iptables-restore'] },
    code: 'no-iptables',
    sentence: /^there is no iptables on the host; install its package iptables$/,
  },
  {
    spec: {
      name: 'locked',
      backend: 'legacy',
      setup: "setsid flock /run/xtables.lock sh -c 'echo $$ >/run/holder; exec sleep 1000' >/dev/null 2>&1 &",
    },
    code: 'iptables-locked',
    sentence: /^another program held the xtables lock of the host$/,
    mend: 'kill "$(cat /run/holder)"',
  },
  {
    spec: { name: 'run-full', diskKb: { '/run': 512 } },
    code: 'disk-full',
    sentence: /^the host could not write its files \(is a disk full, or read-only\?\)/,
    mend: 'rm /run/zero',
  },
  {
    spec: { name: 'ufw', setup: 'mkdir -p /etc/ufw; echo ENABLED=yes >/etc/ufw/ufw.conf' },
    code: 'other-firewall',
    sentence:
      /^ufw is active on the host and would overwrite these rules; without it the host is open until a deploy, which should follow at once; to mend it: ufw disable; --allow other-firewall overrides it$/,
    mend: 'echo ENABLED=no >/etc/ufw/ufw.conf',
  },
  {
    spec: {
      name: 'firewalld',
      setup: 'printf "#!/bin/sh\\necho running\\n" >/usr/bin/firewall-cmd; chmod 755 /usr/bin/firewall-cmd',
    },
    code: 'other-firewall',
    sentence:
      /^firewalld is active on the host and .*; to mend it: systemctl disable --now firewalld; --allow other-firewall overrides it$/,
    mend: 'rm /usr/bin/firewall-cmd',
  },
  {
    spec: { name: 'also-legacy', setup: loadedBy('legacy') },
    code: 'other-backend',
    sentence:
      /^rules are also in iptables-legacy and ip6tables-legacy, and both filter; to mend it: mailfw deploy .* --limit also-legacy .*--take-over$/,
    isRunHere: true,
  },
  {
    spec: { name: 'also-nft', backend: 'legacy', setup: loadedBy('nft') },
    code: 'other-backend',
    sentence:
      /^rules are also in iptables-nft and ip6tables-nft, and both filter; to mend it: mailfw deploy .* --limit also-nft .*--take-over$/,
    isRunHere: true,
  },
  {
    spec: { name: 'alpine', bootLoader: 'alpine', osRelease: 'ID=alpine\n' },
    code: 'saves-on-stop',
    sentence:
      /^\/etc\/conf.d\/iptables says SAVE_ON_STOP=yes: a reboot would save rules that nobody confirmed; to mend it: sed -i /,
  },
  {
    spec: {
      name: 'rhel',
      bootLoader: 'rhel',
      osRelease: 'ID=rocky\nID_LIKE="rhel centos fedora"\n',
      setup: 'echo IPTABLES_SAVE_ON_STOP=yes >/etc/sysconfig/iptables-config',
    },
    code: 'saves-on-stop',
    sentence: /^\/etc\/sysconfig\/iptables-config says IPTABLES_SAVE_ON_STOP=yes: .*; to mend it: sed -i /,
  },
  {
    spec: { name: 'port-2222', sshPort: 2222 },
    code: 'ssh-port-closed',
    sentence:
      /^sshd listens on port 2222 on the host, but the rules open 22 for SSH; set mailfw_ssh: \{ port: 2222 \}$/,
  },
  {
    spec: { name: 'not-root', user: 'plain' },
    code: 'not-root',
    sentence: /^the login is not root on the host; become root by sudo with -b$/,
  },
]
const BEYOND_MENDING = new Set(['no-iptables', 'not-root', 'port-2222'])
const WRITES_FAIL: readonly HostSpec[] = [
  { name: 'etc-full', diskKb: { '/etc/iptables': 256 }, setup: filled('/etc/iptables') },
  { name: 'var-full', diskKb: { '/var/lib/mailfw': 512 }, setup: filled('/var/lib/mailfw') },
]
const TAKEN: readonly HostSpec[] = [
  { name: 'good' },
  { name: 'no-loader', bootLoader: 'none' },
  { name: 'no-ipv6', ipv6: false },
]

describeLab('hosts that cannot take rules as they stand', () => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  let run: Run
  beforeAll(async () => {
    lab = await createLab([...REFUSED.map(({ spec }) => spec), ...WRITES_FAIL, ...TAKEN])
    await lab.host('run-full').succeed(filled('/run'))
    const inventory = await lab.inventory({ all: OPEN, hosts: { 'port-2222': { mailfw_ssh: { port: 22 } } } })
    before = new Map(
      await Promise.all(untouched().map(async (name) => [name, await stateOf(lab.host(name))] as const)),
    )
    run = await mailfw(lab, 'deploy', inventory, '--max-failures', '100%')
  })
  afterAll(() => lab.close())

  const untouched = () => [
    ...REFUSED.map(({ spec }) => spec.name).filter(
      (name) => name !== 'no-iptables' && name !== 'alpine' && name !== 'rhel',
    ),
    ...WRITES_FAIL.map(({ name }) => name),
  ]

  it.each(REFUSED.map((each) => [each.spec.name, each] as const))(
    'end with a sentence of their own, and nothing was changed: %s',
    (name, { code, sentence }) => {
      const result = run.host(name)
      expect(result).toMatchObject({ outcome: 'failed', code, connections: 1 })
      expect(result.message).toMatch(/; nothing was changed$/)
      expect(result.message.replace(/; nothing was changed$/, '')).toMatch(sentence)
    },
  )

  it.each(WRITES_FAIL.map(({ name }) => name))(
    'have their old rules back where a disk is full: %s',
    (name) => {
      expect(run.host(name)).toMatchObject({ outcome: 'reverted', code: 'disk-full' })
      expect(run.host(name).message).toMatch(
        /^the host could not write its files \(is a disk full.*; the old rules are back$/,
      )
    },
  )

  it('are as they were', async () => {
    for (const name of untouched()) expect(await stateOf(lab.host(name))).toEqual(before.get(name))
  })

  it('are planned if the person allows it, and the finding stays', async () => {
    const inventory = await lab.inventory({ all: OPEN })
    const words = ['--limit', 'ufw,firewalld', '--allow', 'other-firewall']
    const allowed = await mailfw(lab, 'check', inventory, ...words)
    for (const name of ['ufw', 'firewalld']) {
      expect(allowed.host(name)).toMatchObject({ outcome: 'would-change', code: 'drift' })
      expect(allowed.host(name).findings).toMatchObject([{ code: 'other-firewall' }, {}])
    }
  })

  it('hold up no other host', () => {
    expect(run.code).toBe(5)
    for (const { name } of TAKEN)
      expect(run.host(name)).toMatchObject({ outcome: 'confirmed', connections: 2 })
    expect(run.host('good').seconds).toBeLessThan(run.seconds)
  })

  it('are told of a boot loader that is missing, with the command that installs it', () => {
    expect(run.host('no-loader').findings).toMatchObject([
      {
        code: 'no-boot-loader',
        severity: 'warning',
        fix: expect.stringMatching(
          /apt-get install --no-remove iptables-persistent; .*; systemctl enable netfilter-persistent$/,
        ) as string,
      },
    ])
  })

  it('are told that IPv6 is off', () => {
    expect(run.host('no-ipv6').families).toMatchObject({ v6: null })
    expect(run.host('no-ipv6').findings).toMatchObject([{ code: 'ipv6-off', severity: 'info' }])
  })

  it('are taken once the command of the sentence was run on them', async () => {
    const mended = REFUSED.filter(({ spec }) => !BEYOND_MENDING.has(spec.name))
    for (const { spec, mend, isRunHere } of mended) {
      const command = mend ?? run.host(spec.name).fix ?? 'false'
      if (isRunHere) expect(await here(lab, [command, ...TAKES_RULES].join(' '))).toBe(0)
      else await lab.host(spec.name).succeed(command)
    }
    await lab.host('etc-full').succeed('rm /etc/iptables/zero')
    await lab.host('var-full').succeed('rm /var/lib/mailfw/zero')
    const names = [...mended.map(({ spec }) => spec.name), ...WRITES_FAIL.map(({ name }) => name)]
    const inventory = await lab.inventory({
      all: OPEN,
      hosts: { 'port-2222': { mailfw_ssh: { port: 2222 } } },
    })
    const again = await mailfw(
      lab,
      'deploy',
      inventory,
      '--limit',
      [...names, 'port-2222'].join(','),
      ...TAKES_RULES,
    )
    const done = new Set(mended.filter(({ isRunHere }) => isRunHere).map(({ spec }) => spec.name))
    const expected = (host: string) => (done.has(host) ? 'unchanged' : 'confirmed')
    expect(
      again.hosts.map(({ host, outcome, message }) => [
        host,
        outcome,
        outcome === expected(host) ? '' : message,
      ]),
    ).toEqual(again.hosts.map(({ host }) => [host, expected(host), '']))
  })
})

/** A command line of mailfw, as a person would copy it. */
async function here(lab: Lab, command: string): Promise<number | null> {
  const words = command.replace(/^mailfw /, `${MAILFW.join(' ')} `)
  return (await lab.controller(['sh', '-c', words], { timeoutSeconds: 60 })).code
}
