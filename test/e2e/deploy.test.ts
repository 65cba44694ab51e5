import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Difference } from '../../src/model/outcome.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN, render, TAKES_RULES } from './mailfw.ts'
import type { Visits } from './visits.ts'
import { COUNTED, forgetVisits, visitsOf } from './visits.ts'

const OLD = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 25 -j ACCEPT\nCOMMIT\n'
const specs: readonly HostSpec[] = [
  { name: 'nft-dash', ...COUNTED },
  { name: 'nft-busybox', shell: 'busybox', ...COUNTED },
  { name: 'nft-bash', shell: 'bash', ...COUNTED },
  { name: 'legacy-dash', backend: 'legacy', ...COUNTED },
  { name: 'legacy-busybox', backend: 'legacy', shell: 'busybox', ...COUNTED },
  { name: 'legacy-bash', backend: 'legacy', shell: 'bash', ...COUNTED },
  { name: 'v4only', ipv6: false, ...COUNTED },
  { name: 'sudo', user: 'sudo', ...COUNTED },
  {
    name: 'saved',
    rules: { v4: OLD, v6: OLD },
    saved: { v4: OLD, v6: OLD },
    ...COUNTED,
    setup: `${COUNTED.setup ?? ''}chown daemon:mail /etc/iptables/rules.v4; chmod 604 /etc/iptables/rules.v4\n`,
  },
]
const names = specs.map((spec) => spec.name)

interface Counted {
  readonly run: Run
  readonly visits: ReadonlyMap<string, Visits>
}

describeLab('a deploy', () => {
  let lab: Lab
  let inventory: string
  let before: Counted
  let first: Counted
  let second: Counted
  beforeAll(async () => {
    lab = await createLab(specs)
    inventory = await lab.inventory({ all: OPEN })
    before = await counted(() => mailfw(lab, 'check', inventory))
    first = await counted(() => mailfw(lab, 'deploy', inventory, ...TAKES_RULES))
    second = await counted(() => mailfw(lab, 'deploy', inventory))
  })
  afterAll(() => lab.close())

  async function counted(run: () => Promise<Run>): Promise<Counted> {
    await Promise.all([...lab.hosts.values()].map(forgetVisits))
    const ended = await run()
    const visits = names.map(async (name) => [name, await visitsOf(lab.host(name))] as const)
    return { run: ended, visits: new Map(await Promise.all(visits)) }
  }
  const file = (name: string, path: string) => lab.host(name).succeed(`cat ${path}`)

  it.each(names)('is announced by check, with one connection and one call: %s', (name) => {
    expect(before.run.code).toBe(3)
    expect(before.run.host(name)).toMatchObject({ outcome: 'would-change', code: 'drift', connections: 1 })
    expect(before.visits.get(name)).toEqual({ sessions: 1, calls: 1 })
  })

  it.each(names)('changes a host with two connections and three calls: %s', (name) => {
    expect(first.run.code).toBe(0)
    expect(first.run.host(name)).toMatchObject({ outcome: 'confirmed', code: 'deployed', connections: 2 })
    expect(first.visits.get(name)).toEqual({ sessions: 2, calls: 3 })
  })

  it.each(names)('finds it as wanted afterwards, with one connection and one call: %s', (name) => {
    expect(second.run.code).toBe(0)
    expect(second.run.host(name)).toMatchObject({ outcome: 'unchanged', code: 'as-wanted', connections: 1 })
    expect(second.visits.get(name)).toEqual({ sessions: 1, calls: 1 })
  })

  const differences = expect.any(Array) as Difference[]

  it('ends with a document of stable keys', () => {
    const { code, stderr, host, ...document } = first.run
    expect([code, host('saved').host]).toEqual([document.exit, 'saved'])
    expect(stderr).toBe('')
    expect(Object.keys(document)).toEqual(
      'format mailfw command run started inventory seconds exit summary hosts'.split(' '),
    )
    expect(document).toMatchObject({
      format: 1,
      command: 'deploy',
      exit: 0,
      summary: { confirmed: names.length },
    })
    expect(document.hosts.map((each) => each.host)).toEqual(names)
    expect(host('saved')).toEqual({
      host: 'saved',
      outcome: 'confirmed',
      code: 'deployed',
      message: expect.stringMatching(/generation 1; generation 0 keeps what was there before$/) as string,
      address: lab.host('saved').address,
      port: 22,
      connections: 2,
      seconds: expect.any(Number) as number,
      generation: 1,
      families: {
        v4: { live: 'differs', saved: 'differs', savedPath: '/etc/iptables/rules.v4', differences },
        v6: { live: 'differs', saved: 'differs', savedPath: '/etc/iptables/rules.v6', differences },
      },
      findings: [],
      removes: ['v4', 'v6'].map((family) => ({
        family,
        in: 'both',
        table: 'filter',
        line: '-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT',
        owner: 'of the saved file',
      })),
    })
  })

  it('tells a host without IPv6 from one whose rules were not reached', () => {
    const { families, findings } = first.run.host('v4only')
    expect(families).toEqual({
      v4: { live: 'differs', saved: 'absent', savedPath: '/etc/iptables/rules.v4', differences },
      v6: null,
    })
    expect(findings.map((finding) => finding.code)).toEqual(['ipv6-off'])
  })

  it('saves byte for byte what render prints', async () => {
    const directory = await render(lab, inventory)
    for (const name of names) {
      for (const family of name === 'v4only' ? ['v4'] : ['v4', 'v6']) {
        const text = await readFile(`${directory}/${name}/rules.${family}`, 'utf8')
        expect(text).toMatch(/\n-A INPUT [^\n]+\nCOMMIT\n$/)
        expect(await file(name, `/etc/iptables/rules.${family}`)).toBe(text)
      }
    }
  })

  it('keeps the owner and mode of a saved file, and makes new ones root 0640', async () => {
    const list = 'cd /etc/iptables && find . -type f -printf "%f %u:%g %m\\n" | sort'
    expect(await lab.host('saved').succeed(list)).toBe('rules.v4 daemon:mail 604\nrules.v6 root:root 640\n')
    expect(await lab.host('nft-dash').succeed(list)).toBe('rules.v4 root:root 640\nrules.v6 root:root 640\n')
    expect(await lab.host('v4only').succeed(list)).toBe('rules.v4 root:root 640\n')
  })

  it.each(names)('leaves nothing of its own that others could read: %s', async (name) => {
    const open =
      'find /run/mailfw /var/lib/mailfw -type d ! -perm 0700 -o -type f ! -perm 0600 -o ! -user root'
    expect(await lab.host(name).succeed(open)).toBe('')
    expect(await lab.host(name).succeed('ls -A /etc/iptables | grep -v ^rules || true')).toBe('')
  })

  it('leaves no process behind', async () => {
    for (const name of names) {
      await expect
        .poll(() => lab.host(name).succeed('ps -A -o args= | grep guard | grep -v grep || true'), {
          timeout: 5_000,
        })
        .toBe('')
    }
  })

  it('keeps what was there before it as generation 0', async () => {
    expect(await file('saved', '/var/lib/mailfw/generations/0/saved.v4')).toBe(OLD)
    expect(await file('saved', '/var/lib/mailfw/generations/0/live.v6')).toContain('--dport 25 -j ACCEPT')
    expect(await file('saved', '/var/lib/mailfw/generations/1/receipt')).toMatch(
      /^format=1\nattempt=[0-9a-f]{16}\nhost=saved\nat=.+Z\nuser=root\ncontroller=controller\nversion=\S+\nrevision=.*\nclient=198\.18\.255\.1\nboot=[0-9a-f-]{36}\nsettings=[0-9a-f]{64}\nlive=[0-9a-f]{64}\nmachine=[0-9a-f]{32}\/.*\n$/,
    )
  })

  it('brings the new rules after a reboot', async () => {
    const rebooted = ['nft-dash', 'legacy-dash', 'v4only']
    const live = async (name: string) => [await lab.host(name).save('v4'), await lab.host(name).save('v6')]
    for (const name of rebooted) {
      const former = await live(name)
      expect(former[0]).toContain('-A INPUT -p tcp -m tcp --dport 993')
      await lab.host(name).reboot()
      expect(await live(name)).toEqual(former)
    }
    const { code, summary } = await mailfw(lab, 'check', inventory, '--limit', rebooted.join(','))
    expect([code, summary]).toEqual([0, { unchanged: rebooted.length }])
  })
})
