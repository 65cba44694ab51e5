import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import type { Run } from './mailfw.ts'
import { MAILFW, mailfw, OPEN, SHORTEST, startDeploy, TAKES_RULES } from './mailfw.ts'
import { BREAK_RESTORE, hanging, KILL_GUARD, leavePending } from './pending.ts'
import { converse } from './terminal.ts'
import { COUNTED, forgetVisits, visitsOf } from './visits.ts'

const OLD = handWrittenRules()
const old = { rules: OLD, saved: OLD }
/** One host is off. */
const NOT_LONG = ['--timeout', '5']
const SLOW = { mailfw_confirm_seconds: 600 }

/** Stops the confirmation when one of the two saved files is in its place. */
const STOP_BETWEEN_FILES = `cat >/usr/local/sbin/mv <<'END'
#!/bin/sh
case "$*" in "-f "*/rules.v4*) /usr/bin/mv -f "$2" "$4"; : >/tmp/stopped; exec sleep 1000 ;; esac
exec /usr/bin/mv "$@"
END
chmod 755 /usr/local/sbin/mv
`

const BREAK_SAVE = `printf '#!/bin/sh\\nexit 1\\n' >/usr/local/sbin/iptables-save
chmod 755 /usr/local/sbin/iptables-save
`

const deployed: readonly HostSpec[] = [
  { name: 'fine', ...old, ...COUNTED },
  { name: 'drifted' },
  { name: 'off' },
]
const pending: readonly HostSpec[] = [
  { name: 'nft', ...old },
  { name: 'legacy', backend: 'legacy', ...old },
  { name: 'busybox', shell: 'busybox', without: ['flock'] },
  { name: 'no-ipv6', ipv6: false },
  { name: 'sudo', user: 'sudo', ...old },
]
const unreadable: HostSpec = { name: 'unreadable', ...old }
const guardless: HostSpec = { name: 'guardless', ...old }
const reverted: readonly HostSpec[] = [
  { name: 'reverted', ...old },
  { name: 'failed', ...old },
]
const between: HostSpec = { name: 'between', ...old, setup: STOP_BETWEEN_FILES }
const names = (specs: readonly HostSpec[]) => specs.map((spec) => spec.name)

describeLab('the status of a fleet', () => {
  let lab: Lab
  let inventory: string
  let ids: ReadonlyMap<string, string>
  let began: number
  let status: Run
  const left = [...pending, guardless, unreadable, ...reverted]
  const idOf = (name: string) => ids.get(name) ?? ''

  beforeAll(async () => {
    began = Date.now()
    lab = await createLab([...deployed, { name: 'virgin' }, ...left.map(hanging), between])
    const slow = [...names(pending), guardless.name, unreadable.name, between.name].map((name) => [
      name,
      SLOW,
    ])
    inventory = await lab.inventory({
      all: OPEN,
      hosts: Object.fromEntries(slow) as Record<string, typeof SLOW>,
    })
    await mailfw(lab, 'deploy', inventory, '--limit', names(deployed).join(','), ...TAKES_RULES)
    await lab.host('drifted').succeed('iptables -A INPUT -p tcp --dport 9 -j ACCEPT')
    await lab.host('off').powerOff()
    ids = await leavePending(lab, inventory, names(left))
    await lab.host(guardless.name).succeed(KILL_GUARD)
    await lab.host('failed').succeed(BREAK_RESTORE)
    await lab.host(unreadable.name).succeed(BREAK_SAVE)
    await dieBetweenFiles(lab, inventory, between.name)
    await endOf(lab.host('reverted'), 'reverted')
    await endOf(lab.host('failed'), 'revert-failed')
    await forgetVisits(lab.host('fine'))
    status = await mailfw(lab, 'status', inventory, ...NOT_LONG)
  }, 240_000)
  afterAll(() => lab.close())

  it('tells of a host that is as wanted what check tells, and who made its generation when', () => {
    const { generation, ...host } = status.host('fine')
    expect(host).toMatchObject({ outcome: 'unchanged', code: 'as-wanted', connections: 1 })
    expect(generation).toMatchObject({ n: 1, by: expect.stringMatching(/^.+@.+$/) as string })
    const { at = '' } = generation as { at?: string }
    expect(Date.parse(at)).toBeGreaterThan(began - 1_000)
    expect(Date.parse(at)).toBeLessThan(Date.now() + 1_000)
  })

  it('takes one connection and two calls', async () => {
    expect(await visitsOf(lab.host('fine'))).toEqual({ sessions: 1, calls: 2 })
  })

  it('tells nothing of attempts on hosts that never had one', () => {
    const { pending, reverted, unfinished, generation, outcome } = status.host('virgin')
    expect({ pending, reverted, unfinished, generation, outcome }).toEqual({ outcome: 'would-change' })
  })

  it.each(names(pending))('tells an attempt that waits, and for how long: %s', (name) => {
    const host = status.host(name)
    expect(host.pending).toEqual({ id: idOf(name), secondsLeft: expect.any(Number) as number })
    expect(host.pending?.secondsLeft).toBeGreaterThan(400)
    expect(host.pending?.secondsLeft).toBeLessThan(600)
    expect(host.outcome).toBe('would-change')
    expect(host.families.v4).toMatchObject({ live: 'as-wanted' })
    expect(host.message).toMatch(
      /^attempt [0-9a-f]{16} is applied and waits to be confirmed; its guard puts the old rules back in \d+ s; live rules are as wanted, /,
    )
  })

  it('tells an attempt whose guard is gone, and that the next deploy puts the old rules back', () => {
    const host = status.host(guardless.name)
    expect(host.pending).toEqual({ id: idOf(guardless.name), secondsLeft: 0 })
    expect(host.message).toContain('its guard is gone; the next deploy puts the old rules back')
    expect(host.findings).toMatchObject([{ code: 'pending-attempt', severity: 'warning' }])
  })

  it('tells of an attempt also where the rules cannot be read', () => {
    expect(status.host(unreadable.name)).toMatchObject({
      outcome: 'failed',
      code: 'no-iptables',
      connections: 1,
      pending: { id: idOf(unreadable.name) },
    })
  })

  it('tells when a guard reverted while nobody watched, in its own words', () => {
    const host = status.host('reverted')
    expect(host.reverted).toEqual({
      id: idOf('reverted'),
      at: expect.any(String) as string,
      log: expect.stringMatching(
        /Z applied\n.*Z nobody confirmed until the deadline\n.*put back by inverse/,
      ) as string,
    })
    const at = Date.parse(host.reverted?.at ?? '')
    expect(at).toBeGreaterThan(began + SHORTEST * 1_000 - 1_000)
    expect(at).toBeLessThan(Date.now())
    expect(host.outcome).toBe('would-change')
  })

  it('tells a revert that failed from one that did not', () => {
    const host = status.host('failed')
    expect(host).toMatchObject({ outcome: 'revert-failed', code: 'revert-incomplete' })
    expect(host.reverted).toMatchObject({
      id: idOf('failed'),
      log: expect.stringContaining('the old rules could not be put back') as string,
    })
    expect(host.message).toMatch(/could not be reverted at .*: some of its rules may still be live; /)
  })

  it('tells a host that died between its two saved files', () => {
    const host = status.host(between.name)
    expect(host.unfinished).toEqual({ id: expect.stringMatching(/^[0-9a-f]{16}$/) as string })
    expect(host.message).toContain('which the next deploy finishes or undoes')
    expect(host.families).toMatchObject({ v4: { saved: 'as-wanted' }, v6: { saved: 'differs' } })
  })

  it('tells a host that is off, and ends by the worst', () => {
    expect(status.host('off')).toMatchObject({ outcome: 'unreachable', code: 'tcp' })
    expect([status.code, status.exit]).toEqual([6, 6])
  })

  it.each([
    [0, 'fine'],
    [3, 'virgin'],
    [3, 'drifted'],
    [3, 'nft'],
    [3, 'guardless'],
    [3, 'reverted'],
    [3, 'between'],
    [4, 'off,fine'],
  ])('ends with %i for %s', async (code, limit) => {
    const run = await lab.controller([...MAILFW, 'status', inventory, '--limit', limit])
    expect(run.code).toBe(code)
  })

  it('never differs from check in what is live and saved', async () => {
    const check = await mailfw(lab, 'check', inventory, ...NOT_LONG)
    for (const { host, families, findings, outcome } of check.hosts) {
      const same = status.host(host)
      expect(same.families).toEqual(families)
      expect(same.findings.map(({ code }) => code)).toEqual(findings.map(({ code }) => code))
      if (host !== 'failed') expect(same.outcome).toBe(outcome)
    }
  })

  it('changes nothing on any host', async () => {
    // On the one whose revert failed the guard goes on trying, and writes its log.
    const running = [...lab.hosts.values()].filter(({ name }) => !['off', 'failed'].includes(name))
    const before = await Promise.all(running.map(everything))
    await mailfw(lab, 'status', inventory, ...NOT_LONG)
    expect(await Promise.all(running.map(everything))).toEqual(before)
  })

  it('puts first on a terminal what needs attention, with the commands that decide it', async () => {
    const { shown } = await converse(lab, [...MAILFW, 'status', inventory, ...NOT_LONG], [])
    const text = shown.slice(shown.indexOf('hosts in '))
    const labels = [...text.matchAll(/^(\S[\w-]+) {2,}\S/gm)].map(([, label]) => label)
    expect([...new Set(labels)]).toEqual([
      'revert-failed',
      'pending',
      'reverted',
      'unfinished',
      'unreachable',
      'would-change',
      'unchanged',
      'generation',
      'warning',
      'info',
    ])
    for (const verb of ['confirm', 'revert'])
      expect(text).toContain(`  mailfw ${verb} ${inventory} nft ${idOf('nft')} -T 5\r\n`)
    expect(text).toContain(`  mailfw revert ${inventory} failed ${idOf('failed')} -T 5\r\n`)
  })

  it('is told event by event too', async () => {
    const { stdout } = await lab.controller([...MAILFW, 'status', inventory, '-o', 'jsonl', '-l', 'nft'])
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events.find(({ event }) => event === 'host')).toMatchObject({
      host: 'nft',
      pending: { id: idOf('nft') },
    })
    expect(events.at(-1)).toMatchObject({ event: 'end', exit: 3 })
  })

  it('is cleared by the next deploy', async () => {
    const limit = ['--limit', 'guardless,reverted,between']
    const run = await mailfw(lab, 'deploy', inventory, ...limit, ...TAKES_RULES)
    expect(run.code).toBe(0)
    const after = await mailfw(lab, 'status', inventory, ...limit)
    expect([after.code, after.summary]).toEqual([0, { unchanged: 3 }])
  })
})

async function dieBetweenFiles(lab: Lab, inventory: string, name: string): Promise<void> {
  const run = startDeploy(lab, inventory, '--limit', name, ...TAKES_RULES)
  await vi.waitUntil(async () => (await lab.host(name).run('[ -e /tmp/stopped ]')).code === 0, {
    timeout: 30_000,
  })
  run.child.kill('SIGKILL')
  await run.ended
  await lab.host(name).powerOff()
  await lab.host(name).powerOn()
  await lab.host(name).succeed('rm /usr/local/sbin/mv')
}

async function endOf(host: LabHost, state: string): Promise<void> {
  await vi.waitUntil(async () => (await host.run(`[ -e /run/mailfw/attempt/state.${state} ]`)).code === 0, {
    timeout: 60_000,
    interval: 200,
  })
}

/** Rules, and all files that we could have written, with their times. */
async function everything(host: LabHost): Promise<string> {
  const files =
    'find /etc /run/mailfw /var/lib /tmp -type f -printf "%p %T@ %s\\n" | grep -v "^/etc/calls " | sort'
  return `${(await host.run('/usr/sbin/iptables-save -t filter | grep ^-')).stdout}${await host.save('v6')}${await host.succeed(files)}`
}
