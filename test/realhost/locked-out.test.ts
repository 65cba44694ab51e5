import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HostState } from '../e2e/host-state.ts'
import { stateOf, statesOf } from '../e2e/host-state.ts'
import { CLOSED, isStep, mailfw, OPEN, SHORTEST, startDeploy, TAKES_RULES } from '../e2e/mailfw.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import { describeReal } from './describe-real.ts'
import { guardUnit, guardUnits } from './guard-unit.ts'
import { createRealLab } from './real-lab.ts'
import { setClock, SETTABLE_CLOCK } from './settable-clock.ts'
import { until } from './until.ts'

/** A host whose guard waits, and what comes to the guard meanwhile. */
interface Guarded {
  readonly name: string
  readonly what: string
  readonly seconds: number
  readonly setup?: string
  readonly disturb: (host: LabHost) => Promise<unknown>
}

const guarded: readonly Guarded[] = [
  { name: 'calm', what: 'nothing', seconds: SHORTEST, disturb: () => Promise.resolve() },
  {
    name: 'killed',
    what: 'SIGKILL, more often than systemd by default starts anything again',
    seconds: SHORTEST + 5,
    disturb: (host) => killGuard(host, 6),
  },
  {
    name: 'reloaded',
    what: 'daemon-reload',
    seconds: SHORTEST,
    disturb: (host) => host.succeed('systemctl daemon-reload; systemctl daemon-reload'),
  },
  {
    name: 'executed',
    what: 'daemon-reexec',
    seconds: SHORTEST,
    disturb: (host) => host.succeed('systemctl daemon-reexec'),
  },
  {
    name: 'hurried',
    what: 'a wall clock that is set forward by an hour',
    seconds: SHORTEST,
    setup: SETTABLE_CLOCK,
    disturb: (host) => setClock(host, 3_600),
  },
  {
    name: 'delayed',
    what: 'a wall clock that is set back by an hour',
    seconds: SHORTEST,
    setup: SETTABLE_CLOCK,
    disturb: (host) => setClock(host, -3_600),
  },
]
const rebooted = 'rebooted'
const names = [...guarded.map(({ name }) => name), rebooted]

/** How much later than at the deadline the guard may be: it looks once a second, and the machine is busy. */
const LATE = 4

describeReal('a real host that locks its controller out, which dies', (image) => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  let started: number
  let applied: number
  beforeAll(async () => {
    lab = await createRealLab(
      image,
      [...guarded, { name: rebooted }].map((spec) => ({ ...spec, saved: handWrittenRules() })),
    )
    before = await statesOf(lab)
    started = performance.now()
    const windows = guarded.map(({ name, seconds }) => [name, { mailfw_confirm_seconds: seconds }] as const)
    const inventory = await lab.inventory({ all: CLOSED, hosts: Object.fromEntries(windows) })
    const run = startDeploy(lab, inventory, ...TAKES_RULES)
    await Promise.all(names.map((name) => run.until(isStep(name, 'confirm'))))
    applied = performance.now()
    run.child.kill('SIGKILL')
    await run.ended
  })
  afterAll(() => lab.close())

  const reach = (name: string) => lab.connects('controller', lab.host(name).address, 22)

  it.concurrent.for(guarded)(
    'has its old rules when the window is over, not before and not much later, whatever comes to the guard: $what',
    async ({ name, seconds, disturb }, { expect }) => {
      const host = lab.host(name)
      expect(await reach(name)).toBe('filtered')
      await disturb(host)
      expect(await reach(name)).toBe('filtered')
      await expect.poll(() => reach(name), { timeout: 2_000 * seconds, interval: 100 }).toBe('open')
      expect(performance.now() - started).toBeGreaterThan(seconds * 1_000)
      // One family comes after the other
      await expect.poll(() => stateOf(host), { timeout: 1_000 * LATE }).toEqual(before.get(name))
      expect(performance.now() - applied).toBeLessThan((seconds + LATE) * 1_000)
      await until('no service to be left', async () => (await guardUnits(host)).length === 0)
    },
  )

  it.concurrent('has its old rules when it is rebooted meanwhile', async ({ expect }) => {
    const host = lab.host(rebooted)
    expect(await host.succeed('ls /run/mailfw/attempt | grep ^state')).toBe('state.applied\n')
    await host.reboot()
    expect(await stateOf(host)).toEqual(before.get(rebooted))
    expect(await reach(rebooted)).toBe('open')
  })

  it('is in nobody’s way at the next deploy', async () => {
    const deploy = await mailfw(lab, 'deploy', await lab.inventory({ all: OPEN }), ...TAKES_RULES)
    expect([deploy.code, deploy.summary]).toEqual([0, { confirmed: names.length }])
  })
})

/** Kills the guard, and whichever systemd starts in its place, so many times. */
async function killGuard(host: LabHost, times: number): Promise<void> {
  const unit = await guardUnit(host)
  await host.succeed(`
    pid_of_guard() { systemctl show --property MainPID --value ${unit}; }
    for kill in $(seq ${times}); do
      before=$(pid_of_guard)
      systemctl kill --signal KILL ${unit} || exit
      until pid=$(pid_of_guard) && [ "$pid" != 0 ] && [ "$pid" != "$before" ]; do sleep 0.1; done
    done`)
}
