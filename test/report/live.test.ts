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
      const lines = liveLines({
        command: 'deploy',
        progress: halfway(),
        now: 83_000,
        columns,
        rows: 22,
        colours,
      })
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../cases/report/live-${columns}.txt`)
    })
  }

  it('forget a host that has finished', () => {
    const progress = new Progress(1, 0)
    progress.take({ event: 'step', host: 'mx1', step: 'apply', at: AT })
    progress.take({ event: 'host', ...result('mx1', 'confirmed') })
    expect(progress.steps.map(({ step, hosts }) => [step, [...hosts]])).toEqual([['apply', []]])
    expect(progress.done).toBe(1)
  })
})

describe('a live display', () => {
  function watch({ verbose = false } = {}) {
    const stream = createStream(80)
    const clock = createFakeClock()
    const output = createOutput(stream, {}, 'never')
    const progress = new Progress(2, clock.now())
    const live = createLiveWatch({ command: 'deploy', output, clock, progress, verbose })
    return { live, clock, stream, raw: stream.text, text: () => stripVTControlCharacters(stream.text()) }
  }

  it('counts a host once that is taken back after it had ended', () => {
    const progress = new Progress(2, 0)
    progress.take({ event: 'host', ...result('mx1', 'confirmed') })
    progress.take({ event: 'step', host: 'mx1', step: 'connect', at: '' })
    expect([progress.done, progress.total, progress.counts]).toEqual([0, 2, {}])
    progress.take({ event: 'host', ...result('mx1', 'held') })
    expect([progress.done, progress.total, progress.counts]).toEqual([1, 2, { held: 1 }])
  })

  it('lets what needs attention stay above it, and only that', () => {
    const { live, clock, text } = watch()
    live.event({ event: 'host', ...unreachable('mx1', '192.0.2.1') })
    live.event({ event: 'host', ...result('mx2', 'confirmed') })
    clock.pass(100)
    expect(text()).toContain('unreachable    mx1: No connection to 192.0.2.1:22')
    expect(text()).not.toContain('mx2')
  })

  it('tells a sentence to its end, however long it is', () => {
    const { live, clock, text } = watch()
    const message = `${'It is a long way, '.repeat(20)}and the old rules are back.`
    live.event({ event: 'host', ...result('mx1', 'reverted', { message }) })
    clock.pass(100)
    expect(text().replaceAll(/\s+/g, ' ')).toContain(`mx1: ${message}`)
  })

  it('tells each connection and call where that is asked for, and marks what failed', () => {
    const { live, clock, text } = watch({ verbose: true })
    live.event({ event: 'call', host: 'mx1', call: 'connect', ok: false, seconds: 10 })
    live.event({ event: 'call', host: 'mx1', call: 'examine', ok: true, seconds: 0.314 })
    live.event({ event: 'host', ...result('mx1', 'unchanged') })
    clock.pass(100)
    expect(text()).toMatch(
      /mx1: connect 10\.00 s, failed\nmx1: examine 0\.31 s\nunchanged {6}mx1 \(0\.3 s\)\n/,
    )
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

  it('draws nothing any more once it has ended, and has told all before', () => {
    const { live, clock, stream, text } = watch()
    live.event({ event: 'host', ...unreachable('mx1', '192.0.2.1') })
    live.end()
    const before = text()
    expect(before).toContain('mx1: No connection')
    clock.pass(10_000)
    stream.emit('resize')
    expect(text()).toBe(before)
  })

  it('writes nothing where nothing has changed, and at most ten times in a second', () => {
    const { live, clock, raw } = watch()
    clock.pass(900)
    const before = raw()
    for (let number = 1; number <= 1_000; number += 1) {
      live.event({ event: 'host', ...unreachable(`mx${number}`, '192.0.2.1') })
    }
    clock.pass(50)
    const burst = raw().slice(before.length)
    expect(burst).toBe('')
    clock.pass(50)
    expect(raw().match(/mx\d+: No connection/g)).toHaveLength(1_000)
    expect(raw().slice(before.length).split('\u001b[?2026h')).toHaveLength(2)
    const after = raw()
    live.event({ event: 'step', host: 'mx1001', step: 'connect', at: AT })
    clock.pass(200)
    expect(raw().slice(after.length).split('\u001b[?2026h').length).toBeLessThanOrEqual(2)
  })

  it('never hides the cursor', () => {
    const { live, clock, raw } = watch()
    clock.pass(1_000)
    live.end()
    expect(raw()).not.toContain('\u001b[?25l')
  })
})
