import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { insteadOfCall, insteadOfVerb } from './between-calls.ts'
import type { HostState } from './host-state.ts'
import { stateOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { CLOSED, isStep, mailfw, OPEN, startDeploy } from './mailfw.ts'
import { BREAK_RESTORE } from './pending.ts'

const SAY_NOTHING = 'exec sh -c "$SSH_ORIGINAL_COMMAND" >/dev/null\n'
const HANG = 'exec sleep 1000\n'
const APPLY = 2
const CONFIRM = 3
const answerLost: readonly HostSpec[] = [
  { name: 'apply-lost', ...insteadOfCall({ [APPLY]: SAY_NOTHING }) },
  { name: 'confirm-lost', ...insteadOfCall({ [CONFIRM]: SAY_NOTHING }) },
  { name: 'confirm-lost-twice', ...insteadOfCall({ [CONFIRM]: SAY_NOTHING, [CONFIRM + 1]: SAY_NOTHING }) },
]
const PUT_OFF = 'mv $archive /tmp/put-off\n'
/** What was put off begins now, and runs to its end. */
const RUN_PUT_OFF = 'sh -s </tmp/put-off >/tmp/late 2>&1\n'
const PROCEED = 'exec sh -c "$SSH_ORIGINAL_COMMAND" <$archive\n'
const late: readonly HostSpec[] = [
  {
    name: 'before-the-second',
    ...insteadOfVerb({ 'apply.1': PUT_OFF, 'apply.2': `${RUN_PUT_OFF}${PROCEED}` }),
  },
  {
    name: 'after-the-second',
    ...insteadOfVerb({ 'apply.1': PUT_OFF, confirm: `${PROCEED.replace('exec ', '')}${RUN_PUT_OFF}` }),
  },
  { name: 'always-late', ...insteadOfVerb({ apply: `(sleep 5; sh -s <$archive) >/dev/null 2>&1 &\n` }) },
]
const lateRevert: HostSpec = {
  name: 'after-the-revert',
  ...insteadOfVerb({ 'apply.1': PUT_OFF, revert: `${PROCEED.replace('exec ', '')}${RUN_PUT_OFF}` }),
}
const unguarded: readonly HostSpec[] = [
  { name: 'unguarded', ...insteadOfCall({ [CONFIRM]: HANG }) },
  { name: 'unguarded-legacy', backend: 'legacy', ...insteadOfCall({ [CONFIRM]: HANG }) },
]
const broken: HostSpec = { name: 'broken', ...insteadOfCall({ [CONFIRM]: HANG }) }
const names = (specs: readonly HostSpec[]) => specs.map((spec) => spec.name)

describeLab('an answer that does not arrive', () => {
  let lab: Lab
  let run: Run
  beforeAll(async () => {
    lab = await createLab(answerLost)
    run = await mailfw(lab, 'deploy', await lab.inventory({ all: OPEN }))
  })
  afterAll(() => lab.close())

  it.each(names(answerLost))('keeps no host from being confirmed, once: %s', async (name) => {
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed', generation: 1 })
    expect(await lab.host(name).succeed('ls /var/lib/mailfw/generations')).toBe('0\n1\n')
    const check = await mailfw(lab, 'check', await lab.inventory({ all: OPEN }), '--limit', name)
    expect(check.host(name)).toMatchObject({ outcome: 'unchanged', findings: [] })
  })
})

describeLab('an apply that begins when nobody waits for it any more', () => {
  let lab: Lab
  let run: Run
  let before: HostState
  beforeAll(async () => {
    lab = await createLab([...late, lateRevert])
    before = await stateOf(lab.host(lateRevert.name))
    run = await mailfw(
      lab,
      'deploy',
      await lab.inventory({ all: OPEN, hosts: { [lateRevert.name]: CLOSED } }),
    )
  })
  afterAll(() => lab.close())

  it.each(names(late))('is never called the attempt of another run: %s', async (name) => {
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed', generation: 1 })
    await lab
      .host(name)
      .succeed('until [ -z "$(pgrep -f "^sh -s")" ]; do sleep 0.1; done', { timeoutSeconds: 20 })
    expect(await lab.host(name).run('ls -d /run/mailfw/attempt')).toMatchObject({ stdout: '' })
    const check = await mailfw(lab, 'check', await lab.inventory({ all: OPEN }), '--limit', name)
    expect(check.host(name)).toMatchObject({ outcome: 'unchanged', findings: [] })
  })

  it('changes no host that was said to have its old rules back', async () => {
    expect(run.host(lateRevert.name)).toMatchObject({ outcome: 'reverted', code: 'locked-out' })
    expect(await stateOf(lab.host(lateRevert.name))).toEqual(before)
    expect(await lab.host(lateRevert.name).succeed('cat /tmp/late')).toContain('fail cancelled')
  })
})

describeLab('an attempt of which both ends died', () => {
  let lab: Lab
  let inventory: string
  let before: ReadonlyMap<string, HostState>
  beforeAll(async () => {
    lab = await createLab([...unguarded, broken])
    before = await states()
    inventory = await lab.inventory({ all: OPEN })
    const run = startDeploy(lab, inventory)
    await Promise.all(names([...unguarded, broken]).map((name) => run.until(isStep(name, 'confirm'))))
    run.child.kill('SIGKILL')
    await run.ended
    for (const host of lab.hosts.values())
      await host.succeed(
        `rm -f /etc/call.${CONFIRM}; read -r pid start </run/mailfw/attempt/guard && kill -9 "$pid"`,
      )
    await lab.host(broken.name).succeed(BREAK_RESTORE)
  })
  afterAll(() => lab.close())

  const states = async () =>
    new Map(
      await Promise.all(
        [...lab.hosts.values()].map(async (host) => [host.name, await stateOf(host)] as const),
      ),
    )

  it('is named by check, which changes nothing', async () => {
    const applied = await states()
    expect(applied).not.toEqual(before)
    const check = await mailfw(lab, 'check', inventory)
    for (const name of names(unguarded)) {
      const [finding] = check.host(name).findings
      expect(finding).toMatchObject({ code: 'pending-attempt', severity: 'warning' })
      expect(finding?.message).toMatch(/^the attempt [0-9a-f]{16} is applied, and its guard is gone;/)
    }
    expect(await states()).toEqual(applied)
  })

  it('is settled by the next deploy, which says so', async () => {
    const run = startDeploy(lab, inventory, '--limit', 'unguarded*')
    expect(await run.ended).toBe(0)
    for (const name of names(unguarded)) {
      const notices = run.events.filter((event) => event.event === 'notice' && event.host === name)
      const message: unknown = expect.stringMatching(
        /^the attempt [0-9a-f]{16} of an earlier run was reverted now: .* \(IPv4 by inverse, IPv6 by inverse\)$/,
      )
      expect(notices).toMatchObject([{ message }])
      expect(run.host(name).findings).toContainEqual({ code: 'settled', severity: 'info', message })
      expect(run.host(name)).toMatchObject({ outcome: 'confirmed', generation: 1 })
    }
  })

  it('is named with what to look at where it cannot be settled', async () => {
    const run = await mailfw(lab, 'deploy', inventory, '--limit', broken.name)
    expect(run.code).toBe(6)
    expect(run.host(broken.name)).toMatchObject({ outcome: 'revert-failed', code: 'revert-incomplete' })
    expect(run.host(broken.name).message).toContain('/run/mailfw/attempt')
    await expect(lab.host(broken.name).succeed('ls /run/mailfw/attempt')).resolves.toContain('snapshot.v4')
  })

  it('leaves what was there before it as generation 0', async () => {
    for (const name of names(unguarded))
      expect(await lab.host(name).succeed('cat /var/lib/mailfw/generations/0/rules.v4')).not.toContain('-A ')
  })
})
