import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import type { HostState } from './host-state.ts'
import { stateOf, statesOf } from './host-state.ts'
import { CLOSED, isStep, mailfw, OPEN, SHORTEST, startDeploy, TAKES_RULES } from './mailfw.ts'

const OLD = handWrittenRules()
const killed: readonly HostSpec[] = [
  { name: 'nft', rules: OLD, saved: OLD },
  { name: 'legacy', backend: 'legacy', rules: OLD, saved: OLD },
  { name: 'virgin' },
]
const rebooted = { name: 'rebooted', rules: OLD, saved: OLD }
const names = [...killed, rebooted].map((spec) => spec.name)

describeLab('a controller that is killed after apply', () => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  beforeAll(async () => {
    lab = await createLab([...killed, rebooted])
    before = await statesOf(lab)
    // Where nobody can get in the run is still trying when it dies
    const run = startDeploy(lab, await lab.inventory({ all: CLOSED }), ...TAKES_RULES)
    await Promise.all(names.map((name) => run.until(isStep(name, 'confirm'))))
    run.child.kill('SIGKILL')
    await run.ended
  })
  afterAll(() => lab.close())

  const reach = (name: string) => lab.connects('controller', lab.host(name).address, 22)
  const applied = (name: string) => lab.host(name).succeed('ls /run/mailfw/attempt | grep ^state')

  it('leaves hosts with the new rules and an armed guard', async () => {
    for (const name of names) {
      expect(await applied(name)).toBe('state.applied\n')
      expect(await reach(name)).toBe('filtered')
    }
  })

  it('leaves a host that has its old rules when it is rebooted then', async () => {
    const host = lab.host(rebooted.name)
    await host.reboot()
    expect(await stateOf(host)).toEqual(before.get(rebooted.name))
  })

  it('leaves the rest to the guards, which put the old rules back at the deadline', async () => {
    for (const { name } of killed) {
      await expect.poll(() => applied(name), { timeout: 2_000 * SHORTEST }).toBe('state.reverted\n')
      expect(await stateOf(lab.host(name))).toEqual(before.get(name))
      expect(await reach(name)).toBe('open')
    }
  })

  it('is named by the next check, and in nobody’s way at the next deploy', async () => {
    const inventory = await lab.inventory({ all: OPEN })
    const check = await mailfw(lab, 'check', inventory)
    const isNamed = (name: string) => check.host(name).findings.some(({ code }) => code === 'former-revert')
    expect(check.code).toBe(3)
    expect(names.map(isNamed)).toEqual([true, true, true, false])
    const deploy = await mailfw(lab, 'deploy', inventory, ...TAKES_RULES)
    expect([deploy.code, deploy.summary]).toEqual([0, { confirmed: names.length }])
  })
})
