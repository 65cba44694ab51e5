import { expect, it } from 'vitest'
import { caseText } from '../faults/cases.ts'
import { makeRandom } from '../faults/random.ts'
import { runWave } from '../faults/run-wave.ts'
import { drawSeed } from '../run/seed.ts'
import { describeReal } from './describe-real.ts'
import { guardedCases, guardedLabs } from './guarded-cases.ts'

const COUNT = 6

describeReal('a real host to which something happens while systemd guards it', (image) => {
  const seed = drawSeed()
  const cases = guardedCases(makeRandom(seed), COUNT)

  it(`is as it was or as wanted, and cleared by the next run; MAILFW_TEST_SEED=${seed}`, async () => {
    const left: string[] = []
    const judged = await runWave(cases, cases.length, () => undefined, guardedLabs(image, left))
    const wrong = judged.map(({ tried, faults }) => [caseText(tried), ...faults])
    expect(wrong).toEqual(cases.map((tried) => [caseText(tried)]))
    expect(left).toEqual([])
  })
})
