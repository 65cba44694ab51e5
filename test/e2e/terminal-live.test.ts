import { afterEach, describe, expect, it } from 'vitest'
import type { HostResult } from '../../src/model/outcome.ts'
import { result, unreachable } from '../report/samples.ts'
import type { ScriptedRun } from './scripted-run.ts'
import { at, scriptRun } from './scripted-run.ts'

const NARROW = { columns: 80, rows: 24 }
const WIDE = { columns: 200, rows: 50 }

let run: ScriptedRun

afterEach(() => run.close())

/** Where the bar stands; there is never another. */
function rowOfBar(screen: readonly string[]): number {
  const rows = screen.flatMap((line, row) =>
    /^deploy( {2}|$).*\d+\/\d+ {2}\d+:\d\d$/.test(line) ? [row] : [],
  )
  expect(rows, screen.join('\n')).toHaveLength(1)
  return rows[0] ?? -1
}

function has(text: string): (screen: readonly string[]) => boolean {
  return (screen) => screen.some((line) => line.includes(text))
}

describe.each([NARROW, WIDE])('a run on a terminal of $columns columns', (size) => {
  it('stands still with 3 hosts from the first step to the last', async () => {
    run = await scriptRun(size, 3)
    const hosts = ['mx1', 'mx2', 'mx3']
    run.tell(...hosts.map((host) => at(host, 'connect')))
    const bar = rowOfBar(await run.pane.until(has('mx1, mx2, mx3')))
    for (const step of ['examine', 'apply', 'confirm'] as const) {
      for (const host of hosts) {
        run.tell(at(host, step))
        const screen = await run.pane.until((rows) =>
          rows.some((row) => row.startsWith(step) && row.includes(host)),
        )
        expect(rowOfBar(screen)).toBe(bar)
      }
    }
    run.tell({ event: 'host', ...result('mx1', 'confirmed') })
    const screen = await run.pane.until(has('1 confirmed'))
    expect(screen.slice(bar).map((line) => line.replace(/\s.*/, ''))).toEqual([
      ...['deploy', '1', 'connect', 'examine', 'apply', 'confirm'],
    ])
  })

  it('stands still with 2,000 hosts, and loses none that needs attention', async () => {
    run = await scriptRun(size, 2_000)
    const results: HostResult[] = []
    const name = (number: number) => `mx${String(number).padStart(4, '0')}.example.net`
    for (let number = 1; number <= 2_000; number += 1) {
      run.tell(at(name(number), 'connect'))
      if (number > 1_000) run.tell(at(name(number - 1_000), 'examine'))
    }
    const first = await run.pane.until(
      (rows) => has('connect    1000 ')(rows) && has('examine    1000 ')(rows),
    )
    const bar = rowOfBar(first)
    for (let number = 1; number <= 500; number += 1) {
      const done = result(name(number), 'confirmed')
      run.tell({ event: 'host', ...done })
      results.push(done)
    }
    const second = await run.pane.until(has('500/2000'))
    expect(rowOfBar(second)).toBe(bar)
    for (let number = 501; number <= 2_000; number += 1) {
      const bad = unreachable(name(number), `192.0.2.${number % 256}`)
      run.tell({ event: 'host', ...bad })
      results.push(bad)
    }
    const last = await run.pane.until(has('2000/2000'))
    // As low as it can be, and there it stays
    expect(rowOfBar(last)).toBe(size.rows - 5)
    expect(last.slice(-4)).toEqual([
      expect.stringMatching(/^deploy {2}━+ {2}2000\/2000 {2}\d:\d\d$/),
      '500 confirmed, 1500 unreachable',
      'connect       –',
      'examine       –',
    ])
    const told = (await run.pane.all()).join('\n')
    expect(told.match(/^unreachable {4}mx\d{4}\.example\.net: No connection/gm)).toHaveLength(1_500)
    expect(told.match(/nothing was\s+changed\.$/gm)).toHaveLength(1_500)
    expect(told.match(/^deploy {2}/gm)).toHaveLength(1)
    run.finish(results)
    const ended = await run.pane.until(has('To try these again'))
    expect(has('━')(ended)).toBe(false)
    expect((await run.pane.all()).join('\n')).not.toMatch(/━|^connect/m)
  })

  it('leaves nothing behind when the terminal gets another size', async () => {
    run = await scriptRun(size, 200)
    const hosts = Array.from({ length: 40 }, (_, index) => `mx${index + 1}.example.net`)
    for (let number = 1; number <= size.rows; number += 1) {
      run.tell({ event: 'notice', message: `earlier ${number}` })
    }
    run.tell({ event: 'batch', batch: 2, of: 4, hosts })
    run.tell({ event: 'host', ...unreachable('mx0.example.net', '192.0.2.1') })
    run.tell(...hosts.map((host) => at(host, 'connect')))
    run.tell(...hosts.slice(0, 20).map((host) => at(host, 'examine')))
    await run.pane.until((rows) => has('connect      20 mx21')(rows) && has('batch 2/4')(rows))
    for (const [columns, rows] of [
      [60, size.rows],
      [45, 15],
      [30, 12],
      [120, 40],
      [50, 14],
      [size.columns, size.rows],
    ] as const) {
      await run.pane.resize(columns, rows)
      run.tell({ event: 'host', ...result(`at-${columns}`, 'unchanged') })
      const screen = await run.pane.until((lines) => lines.some((line) => isWhole(line, columns)))
      expect(
        screen.filter((line) => /^deploy {2}batch 2\/4/.test(line)),
        screen.join('\n'),
      ).toHaveLength(1)
      const told = (await run.pane.all()).join('\n')
      expect(told.match(/examine {6}20 mx1/g), told).toHaveLength(1)
      expect(told.match(/unreachable {4}mx0/g), told).toHaveLength(1)
      expect(told.match(/^earlier \d+$/gm), told).toHaveLength(size.rows)
    }
    const whole = await run.pane.screen()
    expect(rowOfBar(whole)).toBe(whole.length - 4)
  })
})

describe('colours on a terminal', () => {
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['are there', [], true],
    ['are not there with NO_COLOR', ['NO_COLOR=1'], false],
    ['are there with FORCE_COLOR', ['FORCE_COLOR=1'], true],
    ['are not there with FORCE_COLOR=0', ['FORCE_COLOR=0'], false],
  ]
  it.each(cases)('%s', async (_, env, isColoured) => {
    run = await scriptRun(NARROW, 1, { env })
    run.tell(at('mx1', 'connect'), { event: 'host', ...unreachable('mx2', '192.0.2.2') })
    await run.pane.until(has('1 unreachable'))
    const painted = (await run.pane.painted()).filter((line) => line.includes('\u001b['))
    expect(painted.length > 0).toBe(isColoured)
  })

  it('and the bar are not there on a terminal that can do neither', async () => {
    run = await scriptRun(NARROW, 2, { env: ['TERM=dumb'], detail: 'verbose' })
    run.tell({ event: 'call', host: 'mx2', call: 'connect', ok: false, seconds: 1.5 })
    run.tell({ event: 'host', ...unreachable('mx2', '192.0.2.2') })
    const screen = await run.pane.until(has('1/2  unreachable'))
    expect(screen.slice(0, 2)).toEqual([
      'mailfw deploy: 2 hosts (run c0ffee0123456789)',
      'mx2: connect 1.50 s, failed',
    ])
    expect(has('──')(screen)).toBe(false)
  })
})

/** The line of a step, drawn for this width. */
function isWhole(line: string, columns: number): boolean {
  return line.startsWith('connect      20 ') && line.endsWith('…') && line.length > columns - 20
}
