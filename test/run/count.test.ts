import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Count } from './count.ts'
import { countReport, readCount, sum, withoutSkipping } from './count.ts'
import type { ReportedFile } from './report.ts'
import { failuresIn, reportedFiles } from './report.ts'

const vitest = resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')

describe('the count of a real run of Vitest', { timeout: 60_000 }, () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mailfw-count-'))
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
  })

  function countOf(tests: Readonly<Record<string, string>>): Count {
    const { files, status } = runOf(tests)
    return countReport(files, status)
  }

  function runOf(tests: Readonly<Record<string, string>>): {
    files: readonly ReportedFile[]
    status: number | null
  } {
    for (const [name, text] of Object.entries(tests)) writeFileSync(join(directory, `${name}.test.js`), text)
    const report = join(directory, 'report.json')
    const words = ['run', '--globals', '--root', directory, '--reporter=json', `--outputFile=${report}`]
    const { status } = spawnSync(process.execPath, [vitest, ...words], { cwd: directory })
    return { files: reportedFiles(existsSync(report) ? readFileSync(report, 'utf8') : undefined), status }
  }

  it('has each test once, by how it ended', () => {
    const tests = {
      some: "it('holds', () => {}); it.skip('waits', () => {}); it.todo('comes')",
      more: "it('holds', () => {}); it('breaks', () => { expect(1).toBe(2) })",
    }
    expect(countOf(tests)).toEqual({ passed: 2, failed: 1, skipped: 2 })
  })

  it.each([
    ['a file that does not load', "throw new Error('no')"],
    ['a hook that fails after the tests', "afterAll(() => { throw new Error('no') }); it('holds', () => {})"],
    ['a hook that fails before them', "beforeAll(() => { throw new Error('no') }); it('holds', () => {})"],
    ['an error that nobody caught', "it('holds', () => { void Promise.reject(new Error('no')) })"],
    ['a file without a test', ''],
  ])('counts %s as one failure', (_, text) => {
    expect(countOf({ fine: "it('holds', () => {})", broken: text })).toMatchObject({ failed: 1 })
  })

  it('names what failed and why', () => {
    const { files } = runOf({
      some: "describe('a host', () => { it('holds', () => {}); it('breaks', () => { throw new Error('mx1 is gone') }) })",
      broken: "throw new Error('no such file')",
    })
    const failures = failuresIn(files)
    expect(failures).toHaveLength(2)
    expect(failures.toSorted()).toEqual([
      expect.stringMatching(/^FAILED .*\/broken\.test\.js\n {2}.*no such file/),
      expect.stringMatching(/^FAILED .*\/some\.test\.js: a host breaks\n {2}Error: mx1 is gone/),
    ])
  })

  it('counts a run that finds no test as one failure', () => {
    expect(countOf({})).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})

describe('counts', () => {
  it('fail where the exit status says so and the report does not', () => {
    const test: ReportedFile['assertionResults'][number] = {
      fullName: 'holds',
      status: 'passed',
      failureMessages: [],
    }
    const report: ReportedFile[] = [{ name: 'some', status: 'passed', message: '', assertionResults: [test] }]
    expect(countReport(report, 0)).toEqual({ passed: 1, failed: 0, skipped: 0 })
    expect(countReport(report, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 })
    expect(countReport(report, null)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })

  it('fail where no report was written', () => {
    expect(countReport([], 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
    expect(readCount(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it('are taken from a program that counts itself, unless its exit status says more', () => {
    const count = { passed: 3, failed: 0, skipped: 1 }
    expect(readCount(JSON.stringify(count), 0)).toEqual(count)
    expect(readCount(JSON.stringify(count), 1)).toEqual({ ...count, failed: 1 })
    expect(readCount(JSON.stringify({ ...count, failed: 2 }), 1)).toEqual({ ...count, failed: 2 })
  })

  it('take what is skipped for failed where nothing may be skipped', () => {
    expect(withoutSkipping({ passed: 1, failed: 2, skipped: 3 })).toEqual({
      passed: 1,
      failed: 5,
      skipped: 0,
    })
  })

  it('add up', () => {
    const counts = [
      { passed: 1, failed: 2, skipped: 3 },
      { passed: 10, failed: 20, skipped: 30 },
    ]
    expect(sum(counts)).toEqual({ passed: 11, failed: 22, skipped: 33 })
  })
})
