import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { RunEvent } from '../../src/model/events.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import { stateOf } from './host-state.ts'
import type { LiveRun } from './mailfw.ts'
import { CLOSED, isStep, mailfw, MAILFW, OPEN, startDeploy, TAKES_RULES } from './mailfw.ts'

const BY_HAND = 'iptables -A INPUT -p tcp --dport 9 -j ACCEPT'
const GOOD = { ...OPEN, mailfw_services: { smtp: {}, imaps: {}, https: {} } }
const OTHER = { ...OPEN, mailfw_services: { smtp: {}, imaps: {}, pop3s: {} } }
const OLD = handWrittenRules()
const UNDO = ['--batch', '2', '--when-exceeded', 'rollback', ...TAKES_RULES]

describeLab('a rollout that takes its change back', () => {
  let lab: Lab
  let before: string
  /** What the host `closed` does not keep. */
  let bad: string
  beforeAll(async () => {
    const old = { rules: OLD, saved: OLD }
    lab = await createLab([{ name: 'mx1', ...old }, { name: 'mx2' }, { name: 'closed' }])
    before = await lab.inventory({ all: OPEN })
    bad = await lab.inventory({ all: GOOD, hosts: { closed: CLOSED } }, 'bad.yaml')
  })
  beforeEach(async (test) => {
    if (!test.task.name.includes('first')) await mailfw(lab, 'deploy', before, '--release', ...TAKES_RULES)
  }, 60_000)
  afterAll(() => lab.close())

  it('brings back what was there first, live and saved, where there was no mailfw before', async () => {
    const found = await stateOf(lab.host('mx1'))
    const run = await mailfw(lab, 'deploy', bad, ...UNDO)
    expect(run.host('mx1')).toMatchObject({ outcome: 'held', code: 'rolled-back', connections: 4 })
    expect(run.host('mx1').message).toBe(
      'brought to generation 1 and then taken back to what was there before mailfw, for 1 host did not keep the change; held until a deploy with --release',
    )
    expect(await stateOf(lab.host('mx1'))).toEqual(found)
    expect(run.code).toBe(5)
  }, 60_000)

  it('leaves what another run has brought to a host since', async () => {
    const other = await lab.inventory({ all: OTHER }, 'other.yaml')
    const run = startDeploy(lab, bad, ...UNDO)
    await run.until((event) => event.event === 'host' && event.host === 'mx1')
    await mailfw(lab, 'deploy', other, '--limit', 'mx1')
    expect(await run.ended).toBe(6)
    expect(lastOf(run, 'mx1')).toMatchObject({ outcome: 'revert-failed', code: 'other-rules' })
    expect(lastOf(run, 'mx2')).toMatchObject({ outcome: 'held', code: 'rolled-back' })
    expect((await mailfw(lab, 'check', other, '--limit', 'mx1')).host('mx1').outcome).toBe('unchanged')
  }, 60_000)

  it('holds no host where it only put back what somebody had changed by hand', async () => {
    const drifted = await lab.inventory({ all: OPEN, hosts: { closed: CLOSED } }, 'drifted.yaml')
    // Of the same rules again and again the host keeps the last generation alone.
    for (let times = 0; times < 2; times++) {
      await lab.host('mx1').succeed(BY_HAND)
      await mailfw(lab, 'enforce', drifted, '--limit', 'mx1')
    }
    await lab.host('mx1').succeed(BY_HAND)
    const run = await mailfw(lab, 'enforce', drifted, ...UNDO, '--retry-seconds', '0')
    expect(run.host('mx1')).toMatchObject({ outcome: 'confirmed', code: 'deployed', connections: 3 })
    expect(run.host('mx1').message).toMatch(/; nothing was taken back, for it had these rules before$/)
    expect(run.host('mx1').hold).toBeUndefined()
    expect(run.code).toBe(5)
  }, 60_000)

  it('takes nothing back after Ctrl-C, and says where the change stands', async () => {
    const run = startDeploy(lab, bad, ...UNDO)
    await run.until(isStep('closed', 'confirm'))
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(6)
    for (const name of ['mx1', 'mx2']) {
      expect(lastOf(run, name)).toMatchObject({ outcome: 'revert-failed', code: 'not-taken-back' })
      expect(lastOf(run, name).message).toMatch(
        /, but the run was interrupted before that; the change stands$/,
      )
    }
    const failed = await lab.controller(['cat', '.local/state/mailfw/last-failed'])
    expect(failed.stdout).toBe('mx1\nmx2\nclosed\n')
  }, 60_000)

  it('names the commands that go on from there', async () => {
    const words = [...MAILFW, 'deploy', bad, '--batch', '1,100%', '--max-failures', '0%', ...UNDO.slice(2, 4)]
    const { stdout } = await lab.controller(words)
    const kept = '--batch 1,100% --max-failures 0% --when-exceeded rollback'
    expect(stdout).toContain(`  mailfw deploy ${bad} --limit 'all,!closed' ${kept} --release\n`)
    expect(stdout).toContain(`  mailfw deploy ${bad} --limit closed ${kept}\n`)
  }, 60_000)

  it('goes back from a rollback in the same way', async () => {
    await mailfw(lab, 'deploy', bad, '--limit', 'mx1,mx2')
    const now = await stateOf(lab.host('mx1'))
    await mailfw(lab, 'deploy', await lab.inventory({ all: OTHER }, 'other.yaml'), '--limit', 'closed')
    await lockOut(lab)
    const run = await mailfw(lab, 'rollback', before, ...UNDO)
    expect(run.host('closed').outcome).toBe('reverted')
    expect(run.host('mx1')).toMatchObject({ outcome: 'held', code: 'rolled-back' })
    expect(await stateOf(lab.host('mx1'))).toEqual(now)
  }, 60_000)
})

/** The generation that the host `closed` would go back to lets somebody else in, and not us. */
async function lockOut(lab: Lab): Promise<void> {
  const script = `newest=$(ls /var/lib/mailfw/generations | sort -n | tail -2 | head -1)
for address in v4/203.0.113.9 v6/2001:db8:ffff::9; do
  sed -i "s,^\\(-A [^ ]*\\)\\(.*--dport 22 \\),\\1 -s \${address#*/}\\2," "/var/lib/mailfw/generations/$newest/rules.\${address%%/*}"
done`
  await lab.host('closed').succeed(script)
}

/** A host that was taken back ends twice; the last one counts. */
function lastOf({ events }: LiveRun, host: string): Extract<RunEvent, { readonly event: 'host' }> {
  const [last] = events
    .filter((event) => event.event === 'host')
    .filter((event) => event.host === host)
    .slice(-1)
  if (last === undefined) throw new Error(`Expected a result for ${host}`)
  return last
}
