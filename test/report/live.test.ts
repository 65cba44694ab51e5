import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { liveLines } from '../../src/report/live-lines.ts'
import { createLiveWatch } from '../../src/report/live-watch.ts'
import { createOutput } from '../../src/report/output.ts'
import { Progress } from '../../src/report/progress.ts'
import { createFakeClock, result, unreachable } from './samples.ts'
import { createStream } from './streams.ts'

const AT = '2026-11-22T14:02:30.000Z'
const { colours } = createOutput(createStream(), {}, 'never')

function halfway(): Progress {
  const progress = new Progress(300, 0)
  for (let number = 1; number <= 120; number += 1) {
    progress.take({ event: 'host', ...result(`mx${number}`, number % 40 === 0 ? 'reverted' : 'unchanged') })
  }
  for (let number = 121; number <= 140; number += 1) {
    progress.take({
      event: 'step',
      host: `mx${number}.example.net`,
      step: number < 130 ? 'confirm' : 'examine',
      at: AT,
    })
  }
  return progress
}

describe('the lines that are redrawn', () => {
  for (const columns of [40, 80, 200]) {
    it(`fit into ${columns} columns`, async () => {
      const lines = liveLines({ command: 'deploy', progress: halfway(), now: 83_000, columns, colours })
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../cases/report/live-${columns}.txt`)
    })
  }

  it('forget a host that has finished', () => {
    const progress = new Progress(1, 0)
    progress.take({ event: 'step', host: 'mx1', step: 'apply', at: AT })
    progress.take({ event: 'host', ...result('mx1', 'confirmed') })
    expect(progress.inFlight).toEqual([])
    expect(progress.done).toBe(1)
  })
})

describe('a live display', () => {
  function watch() {
    const stream = createStream(80)
    const clock = createFakeClock()
    const output = createOutput(stream, {}, 'never')
    const live = createLiveWatch({ command: 'deploy', output, clock, progress: new Progress(2, clock.now()) })
    return { live, clock, text: () => stripVTControlCharacters(stream.text()) }
  }

  it('lets what needs attention stay above it, and only that', () => {
    const { live, text } = watch()
    live.event({ event: 'host', ...unreachable('mx1', '192.0.2.1') })
    live.event({ event: 'host', ...result('mx2', 'confirmed') })
    expect(text()).toContain('unreachable    mx1: No connection to 192.0.2.1:22')
    expect(text()).not.toContain('mx2')
  })

  it('leaves the screen to a question, and tells afterwards what happened meanwhile', () => {
    const { live, clock, text } = watch()
    live.pause()
    const before = text()
    live.event({ event: 'host', ...unreachable('mx1', '192.0.2.1') })
    clock.pass(1_000)
    expect(text()).toBe(before)
    live.resume()
    expect(text()).toContain('mx1: No connection')
  })

  it('draws nothing any more once it has ended', () => {
    const { live, clock, text } = watch()
    live.end()
    const before = text()
    clock.pass(10_000)
    expect(text()).toBe(before)
  })
})
