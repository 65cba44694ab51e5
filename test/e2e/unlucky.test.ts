import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { insteadOfCall } from './between-calls.ts'
import { stateOf } from './host-state.ts'
import { isStep, mailfw, OPEN, startDeploy, TAKES_RULES } from './mailfw.ts'

const CONFIRM = 3
const SAY_NOTHING = 'exec sh -c "$SSH_ORIGINAL_COMMAND" >/dev/null\n'
const HANG = 'exec sleep 1000\n'
/** The calls of a run that finds an attempt without a guard: it examines, and settles. */
const SETTLE = 5

const latin1 = (comment: string) =>
  `iptables -A INPUT -p tcp --dport 22 -m comment --comment "$(printf '${comment}')" -j ACCEPT\n`
const comments: readonly HostSpec[] = [
  { name: 'latin-1', setup: latin1('caf\\351') },
  { name: 'utf-8', setup: latin1('caf\\303\\251') },
]
const unsettled: HostSpec = {
  name: 'unsettled',
  ...insteadOfCall({ [CONFIRM]: HANG, [SETTLE]: SAY_NOTHING }),
}

const STOP_GUARD = 'read -r pid start </run/mailfw/attempt/guard; kill -STOP $pid\n'
const unanswered: readonly HostSpec[] = [
  { name: 'guarded', ...insteadOfCall({ [CONFIRM]: HANG }) },
  { name: 'unguarded', ...insteadOfCall({ [CONFIRM]: `${STOP_GUARD}${HANG}` }) },
]

const rebooted: HostSpec = { name: 'rebooted', ...insteadOfCall({ [CONFIRM]: HANG }) }

describeLab('an unlucky host', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([...comments, ...unanswered, unsettled, rebooted])
    inventory = await lab.inventory({ all: OPEN })
  })
  afterAll(() => lab.close())

  it('whose comments are not UTF-8 is refused by name of the rule, others are taken', async () => {
    const before = await stateOf(lab.host('latin-1'))
    const run = await mailfw(lab, 'deploy', inventory, '--limit', 'latin-1,utf-8', ...TAKES_RULES)
    expect(run.host('utf-8').outcome).toBe('confirmed')
    expect(run.host('latin-1')).toMatchObject({ outcome: 'failed', code: 'rules-refused' })
    expect(run.host('latin-1').message).toMatch(/not UTF-8.*--dport 22 .*; nothing was changed$/)
    expect(await stateOf(lab.host('latin-1'))).toEqual(before)
  })

  it.concurrent.each(unanswered.map(({ name }) => name))(
    'whose confirmation hangs is seen to have its old rules, whoever put them back: %s',
    async (name) => {
      const before = await stateOf(lab.host(name))
      const run = await mailfw(lab, 'deploy', inventory, '--limit', name)
      expect(run.host(name)).toMatchObject({ outcome: 'reverted', code: 'confirm-refused' })
      expect(run.host(name).message).toMatch(/; the old rules are back$/)
      expect(await stateOf(lab.host(name))).toEqual(before)
    },
  )

  it('that was rebooted before the confirmation is said to have what it loads at boot', async () => {
    const before = await stateOf(lab.host('rebooted'))
    const run = startDeploy(lab, inventory, '--limit', 'rebooted')
    await expect
      .poll(() => lab.host('rebooted').run('wc -l </etc/calls'), { timeout: 20_000 })
      .toMatchObject({ stdout: `${CONFIRM}\n` })
    await lab.host('rebooted').reboot()
    expect(await run.ended).toBe(5)
    expect(run.host('rebooted')).toMatchObject({ outcome: 'reverted', code: 'rebooted' })
    expect(run.host('rebooted').message).toMatch(/live is what it loads at boot, which was not changed$/)
    expect(run.host('rebooted').pending).toBeUndefined()
    expect(await stateOf(lab.host('rebooted'))).toEqual(before)
  })

  it('that does not tell how an earlier attempt was settled is not called unchanged', async () => {
    const before = await stateOf(lab.host('unsettled'))
    const run = startDeploy(lab, inventory, '--limit', 'unsettled')
    await run.until(isStep('unsettled', 'confirm'))
    await expect
      .poll(() => lab.host('unsettled').succeed('wc -l </etc/calls'), { timeout: 20_000 })
      .toBe(`${CONFIRM}\n`)
    run.child.kill('SIGKILL')
    await run.ended
    await lab
      .host('unsettled')
      .succeed('read -r pid start </run/mailfw/attempt/guard && kill -9 "$pid"; rm /etc/call.3')
    const next = await mailfw(lab, 'deploy', inventory, '--limit', 'unsettled')
    expect(await stateOf(lab.host('unsettled'))).toEqual(before)
    expect(next.host('unsettled')).toMatchObject({ outcome: 'unknown', code: 'no-answer' })
    expect(next.host('unsettled').message).not.toContain('nothing was changed')
    expect(next.code).toBe(6)
  })
})
