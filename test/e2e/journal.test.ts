import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunCommand } from '../../src/model/command.ts'
import type { RunEvent } from '../../src/model/events.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { insteadOfCall } from './between-calls.ts'
import { isStep, MAILFW, mailfw, OPEN, startDeploy } from './mailfw.ts'
import { COUNTED, visitsOf, forgetVisits } from './visits.ts'

const STATE = '.local/state/mailfw'
const DONE = ['one', 'two', 'three']
const NAMES = [...DONE, 'stuck', 'later', 'last']
const ATTEMPT = '0123456789abcdef'
const BY_HAND = 'iptables -A INPUT -p tcp --dport 9 -j ACCEPT'

describeLab('what a run writes down on the controller', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab(
      NAMES.map((name) => ({
        name,
        ...(name === 'one' && COUNTED),
        ...(name === 'stuck' && insteadOfCall({ 1: 'exec sleep 1000\n' })),
      })),
    )
    inventory = await lab.inventory({ all: OPEN })
    await lab.controller(['sh', '-c', COMMIT])
  }, 120_000)
  afterAll(() => lab.close())

  const shell = async (script: string) => (await lab.controller(['sh', '-c', script])).stdout
  const journals = async () => (await shell(`ls ${STATE}/journal`)).split('\n').filter((name) => name !== '')
  const newest = () => shell(`cat "$(ls -d ${STATE}/journal/* | tail -n 1)"`)
  const lastFailed = () => shell(`cat ${STATE}/last-failed`)
  const callsOfStuck = async () => (await lab.host('stuck').run('cat /etc/calls')).stdout
  const outcomes = (run: Awaited<ReturnType<typeof mailfw>>) =>
    Object.fromEntries(run.hosts.map(({ host, outcome }) => [host, outcome]))

  it('has every line of a run that was killed in the middle', async () => {
    const run = startDeploy(lab, inventory, '--forks', '1')
    await run.until(isStep('stuck', 'examine'))
    await expect.poll(newest, { timeout: 5_000 }).toContain('"host":"stuck","step":"examine"')
    // Else the next run would be the one that is stuck
    await expect.poll(callsOfStuck, { timeout: 10_000 }).toBe('call\n')
    run.child.kill('SIGKILL')
    await run.ended
    const lines = (await newest()).trimEnd().split('\n')
    const events = lines.map((line) => JSON.parse(line) as RunEvent)
    expect(events.slice(0, run.events.length)).toMatchObject(run.events)
    const hosts = events.filter((event) => event.event === 'host')
    expect(hosts.map(({ host, outcome }) => [host, outcome])).toEqual(DONE.map((name) => [name, 'confirmed']))
  }, 60_000)

  it('is taken up again by the same command, where one connection is enough for hosts that are done', async () => {
    await forgetVisits(lab.host('one'))
    const run = await mailfw(lab, 'deploy', inventory)
    expect([run.code, run.summary]).toEqual([0, { unchanged: 3, confirmed: 3 }])
    for (const name of DONE) expect(run.host(name)).toMatchObject({ outcome: 'unchanged', connections: 1 })
    expect(await visitsOf(lab.host('one'))).toEqual({ sessions: 1, calls: 1 })
    expect(await lastFailed()).toBe('')
  }, 60_000)

  it('is what --output jsonl --diff prints, with who, the inventory and its revision', async () => {
    await lab.host('one').succeed(BY_HAND)
    const revision = (await shell('git describe --always')).trim()
    const runs: readonly (readonly [RunCommand, ...string[]])[] = [
      ['check', inventory],
      ['enforce', inventory],
      ['rollback', inventory, '--to', '0', '--limit', 'three'],
      ['deploy', inventory, '--release', '--limit', 'three'],
      ['confirm', inventory, 'one', ATTEMPT],
      ['revert', inventory, 'one', ATTEMPT],
    ]
    for (const [verb, ...words] of runs) {
      const isByHand = verb === 'confirm' || verb === 'revert'
      const flags = ['--output', 'jsonl', ...(isByHand ? [] : ['--diff'])]
      const { stdout } = await lab.controller([...MAILFW, verb, ...words, ...flags])
      const written = await newest()
      // The two have no --diff, and nothing differs there
      expect(written.replaceAll(isByHand ? '"diff":"",' : '', '')).toBe(stdout)
      expect(written).toContain('"event":"end"')
      expect(JSON.parse(written.slice(0, written.indexOf('\n')))).toMatchObject({
        event: 'run',
        command: verb,
        by: expect.stringMatching(/^root@./) as string,
        inventory,
        revision,
      })
    }
    const before = await journals()
    await mailfw(lab, 'status', inventory)
    await mailfw(lab, 'history', inventory)
    expect(await journals()).toEqual(before)
    expect(before).toHaveLength(2 + runs.length)
  }, 120_000)

  it('is for nobody else to read', async () => {
    expect(await shell(`stat -c '%a %n' ${STATE} ${STATE}/journal ${STATE}/last-failed`)).toBe(
      `700 ${STATE}\n700 ${STATE}/journal\n600 ${STATE}/last-failed\n`,
    )
    expect(new Set((await shell(`stat -c %a ${STATE}/journal/*`)).trim().split('\n'))).toEqual(
      new Set(['600']),
    )
  })

  it('names the hosts that are not as wanted, which --limit @FILE takes up again', async () => {
    await lab.host('one').succeed(BY_HAND)
    const dead = await lab.inventory({ all: OPEN, hosts: { two: { ansible_port: 2 } } }, 'dead.yaml')
    const again = ['--limit', `@${STATE}/last-failed`]
    expect((await mailfw(lab, 'check', dead, '-T', '2')).code).toBe(4)
    expect(await lastFailed()).toBe('one\ntwo\n')
    const enforced = await mailfw(lab, 'enforce', dead, '-T', '2', '--retry-seconds', '0', ...again)
    expect(outcomes(enforced)).toEqual({ one: 'confirmed', two: 'unreachable' })
    expect(await lastFailed()).toBe('two\n')
    expect(outcomes(await mailfw(lab, 'deploy', inventory, ...again))).toEqual({ two: 'unchanged' })
    expect(await lastFailed()).toBe('')
    const { code, stderr } = await lab.controller([...MAILFW, 'deploy', inventory, ...again])
    expect(code).toBe(2)
    expect(stderr).toContain(`last-failed: expected a host or a pattern a line, got none`)
  }, 60_000)

  it('counts a host that is held as enforce and rollback want it, and deploy and check do not', async () => {
    const three = ['--limit', 'three']
    for (const [verb, names] of [
      ['rollback', ''],
      ['check', 'three\n'],
      ['enforce', ''],
      ['deploy', 'three\n'],
      ['status', 'three\n'],
    ] as const) {
      await mailfw(lab, verb, inventory, ...three, ...(verb === 'rollback' ? ['--to', '0'] : []))
      expect([verb, await lastFailed()]).toEqual([verb, names])
    }
    await mailfw(lab, 'deploy', inventory, '--release', ...three)
  }, 60_000)

  it('names those too that an interrupted run did not start', async () => {
    const run = startDeploy(lab, inventory, '--forks', '1')
    await run.until(isStep('one', 'connect'))
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(4)
    const skipped = NAMES.filter((name) => run.host(name).outcome === 'skipped')
    expect(skipped).toContain('last')
    expect((await lastFailed()).trim().split('\n')).toEqual(skipped)
  }, 60_000)

  it('is one sentence where it cannot be written, and changes nothing of the run', async () => {
    await lab.controller(['sh', '-c', FILL])
    for (const [place, why] of [
      [`${lab.home}/full`, 'ENOSPC'],
      ['/dev/null', 'ENOTDIR'],
    ] as const) {
      const words = [...MAILFW, 'check', inventory, '--limit', 'one', '--output', 'json']
      const { code, stderr } = await lab.controller(words, { env: { XDG_STATE_HOME: place } })
      expect(code).toBe(0)
      expect(stderr).toMatch(new RegExp(`^mailfw: not written: .*the journal of this run \\(${why}: .*\n$`))
    }
    expect((await journals()).length).toBeGreaterThan(0)
  }, 60_000)
})

const COMMIT = 'git init -q . && git add *.yaml && git -c user.name=t -c user.email=t commit -qm first'
const FILL = `mkdir full && mount -t tmpfs -o size=4k tmpfs full && mkdir -p full/mailfw/journal && head -c 4096 /dev/zero >full/x`
