import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HostState } from '../e2e/host-state.ts'
import { stateOf } from '../e2e/host-state.ts'
import { mailfw, OPEN, startDeploy, TAKES_RULES } from '../e2e/mailfw.ts'
import type { Lab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import { makeBans } from './bans.ts'
import { describeReal } from './describe-real.ts'
import { HOLDS_CONFIRMATION, letGo, untilHeld } from './held-confirmation.ts'
import type { Person } from './people.ts'
import { joinNetwork } from './people.ts'
import { createRealLab } from './real-lab.ts'
import { until } from './until.ts'

describeReal('a real host whose fail2ban bans who fails to log in', (image) => {
  let lab: Lab
  let inventory: string
  let people = 0
  beforeAll(async () => {
    lab = await createRealLab(image, [
      { name: 'confirms', ...HOLDS_CONFIRMATION },
      { name: 'reverts', saved: handWrittenRules(), ...HOLDS_CONFIRMATION },
    ])
    inventory = await lab.inventory({ all: OPEN, hosts: { confirms: { mailfw_confirm_seconds: 60 } } })
  })
  afterAll(() => lab.close())

  const somebody = () => joinNetwork(lab, (people += 1))

  it.concurrent('bans before, during and after a deploy, and can unban each', async ({ expect }) => {
    const host = lab.host('confirms')
    const bans = makeBans(lab, host)
    const [before, during, after] = [await somebody(), await somebody(), await somebody()]
    await bans.earn(before)
    const run = startDeploy(lab, inventory, '--limit', host.name)
    await untilHeld(host)
    expect(await bans.holds(before)).toBe(true)
    await bans.earn(during)
    await letGo(host)
    expect(await run.ended).toBe(0)
    await bans.earn(after)
    for (const person of [before, during, after]) expect(await bans.holds(person)).toBe(true)
    const check = await mailfw(lab, 'check', inventory, '--limit', host.name)
    expect(check.host(host.name).outcome).toBe('unchanged')
    for (const person of [before, during, after]) await bans.lift(person)
  })

  it.concurrent('bans before and during a window that ends with the old rules', async ({ expect }) => {
    const host = lab.host('reverts')
    const bans = makeBans(lab, host)
    const [before, during] = [await somebody(), await somebody()]
    await bans.earn(before)
    const old = await stateOf(host)
    const run = startDeploy(lab, inventory, '--limit', host.name, ...TAKES_RULES)
    await untilHeld(host)
    run.child.kill('SIGKILL')
    await bans.earn(during)
    await until(
      'the guard to revert',
      async () => {
        const { stdout } = await host.run('ls /run/mailfw/attempt')
        return stdout.includes('state.reverted')
      },
      20,
    )
    await letGo(host) // what comes after the deadline confirms nothing
    for (const person of [before, during]) expect(await bans.holds(person)).toBe(true)
    expect(without(during, await stateOf(host))).toEqual(old)
    for (const person of [before, during]) await bans.lift(person)
  })

  it('has its bans again after a restart, and stops without an error', async () => {
    const host = lab.host('confirms')
    const bans = makeBans(lab, host)
    const person = await somebody()
    await bans.earn(person)
    await host.succeed('systemctl restart fail2ban')
    await until('the ban to come back', () => bans.holds(person))
    await bans.lift(person)
    await host.succeed('systemctl stop fail2ban')
    for (const family of ['v4', 'v6'] as const) expect(await host.save(family)).not.toContain('f2b-')
    expect(await host.succeed('cat /var/log/fail2ban.log')).not.toMatch(/ ERROR /)
    const check = await mailfw(lab, 'check', inventory, '--limit', host.name)
    expect(check.host(host.name).outcome).toBe('unchanged')
  })
})

/** A state without the rules that ban somebody. */
function without({ address, address6 }: Person, { live, saved }: HostState): HostState {
  const others = (text: string) =>
    text
      .split('\n')
      .filter((line) => !line.includes(` ${address}/`) && !line.includes(` ${address6}/`))
      .join('\n')
  return { live: { v4: others(live.v4), v6: others(live.v6) }, saved }
}
