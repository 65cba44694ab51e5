import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSystemd } from '../../src/controller/systemd.ts'
import type { Units } from '../../src/controller/units.ts'
import { makeTrial, makeUnits, unitName, wordsIn } from '../../src/controller/units.ts'
import { verifyUnits } from '../../src/controller/verify-units.ts'
import { GOLDEN, SCHEDULES, scheduleWith } from './schedules.ts'

describe('the units of a schedule', () => {
  let runtime: string
  beforeAll(async () => {
    runtime = await mkdtemp(join(tmpdir(), 'units-'))
  })
  afterAll(() => rm(runtime, { recursive: true }))

  const verify = (units: Units, scope: 'system' | 'user') =>
    verifyUnits(units, createSystemd(scope, { ...process.env, XDG_RUNTIME_DIR: runtime }))

  for (const [name, schedule] of Object.entries(SCHEDULES)) {
    it(`are written as they are read in review: ${name}`, async () => {
      const { service, timer } = makeUnits(schedule)
      await expect(`${service.text}\n${timer.text}`).toMatchFileSnapshot(`${GOLDEN}/${name}.units`)
    })

    it(`are accepted by systemd-analyze verify: ${name}`, async () => {
      await verify(makeUnits(schedule), schedule.scope)
    })

    it(`tell the words that they were made of: ${name}`, () => {
      expect(wordsIn(makeUnits(schedule).service.text)).toEqual(schedule.words)
    })
  }

  it('are refused in the words of systemd-analyze where something is wrong', async () => {
    const { service, timer } = makeUnits(scheduleWith())
    const wrong = { ...service, text: `${service.text}Colour=red\n` }
    await expect(verify({ service: wrong, timer }, 'system')).rejects.toThrow(/Unknown key .*Colour/)
    const node = join(runtime, 'missing/node')
    const missing = makeUnits(scheduleWith({ command: [node, 'main.js'] }))
    await expect(verify(missing, 'system')).rejects.toThrow(node)
  })

  it('have a name that tells the inventory, and that no other inventory has', () => {
    expect(unitName('/etc/mailfw/Fleet of 2026.yaml')).toMatch(/^mailfw-fleet-of-2026-[0-9a-f]{8}$/)
    expect(unitName('/etc/mailfw/…')).toMatch(/^mailfw-[0-9a-f]{8}$/)
    expect(unitName(`/${'a'.repeat(250)}.yaml`)).toHaveLength('mailfw--12345678'.length + 40)
    expect(unitName('/a/fleet.yaml')).not.toBe(unitName('/b/fleet.yaml'))
  })

  it('tell no words where somebody else wrote them', () => {
    expect(wordsIn('[Service]\nExecStart=/bin/true\n')).toBeUndefined()
    expect(wordsIn('# mailfw schedule install {"a":1}\n')).toBeUndefined()
    expect(wordsIn('# mailfw schedule install [\n')).toBeUndefined()
  })

  it('are tried out in all that a run is made of but its command', () => {
    const schedule = scheduleWith()
    const files = { stdout: '/tmp/out', stderr: '/tmp/err' }
    const trial = makeTrial(schedule, schedule.command, files).text
    const { text } = makeUnits(schedule).service
    expect(trial.startsWith(text)).toBe(true)
    expect(trial.slice(text.length).split('\n')).toEqual([
      'SuccessExitStatus=3 4 5 6',
      'StandardOutput=file:/tmp/out',
      'StandardError=file:/tmp/err',
      '',
    ])
  })
})
