import { afterAll, beforeAll, expect, it } from 'vitest'
import { OPEN, startDeploy } from '../e2e/mailfw.ts'
import type { Lab } from '../lab/lab.ts'
import { describeReal } from './describe-real.ts'
import { guardUnit, guardUnits } from './guard-unit.ts'
import { HOLDS_CONFIRMATION, letGo, untilHeld } from './held-confirmation.ts'
import { createRealLab } from './real-lab.ts'
import { until } from './until.ts'

describeReal('the guard of a real host', (image) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createRealLab(image, [{ name: 'mx1', ...HOLDS_CONFIRMATION }])
  })
  afterAll(() => lab.close())

  it('is a service that is gone after a confirmation, also where it had just been killed', async () => {
    const host = lab.host('mx1')
    const run = startDeploy(lab, await lab.inventory({ all: OPEN }))
    await untilHeld(host)
    const unit = await guardUnit(host)
    expect(await guardUnits(host)).toEqual([unit])
    await host.succeed(`systemctl kill --signal KILL ${unit}`)
    await letGo(host)
    expect(await run.ended).toBe(0)
    await until('no service to be left', async () => (await guardUnits(host)).length === 0, 5)
  })
})
