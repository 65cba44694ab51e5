import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { leaveBehind } from '../../src/cli/afterwards.ts'
import { commandFor } from '../../src/cli/command-for.ts'
import type { FleetFlags } from '../../src/cli/flags.ts'
import type { HostResult } from '../../src/model/outcome.ts'
import { runOf } from '../report/fleets.ts'
import { drifted, result } from '../report/samples.ts'
import { createWorld, run } from './fake-world.ts'

let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailfw-afterwards-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true })
})

const at = (name: string): string => join(directory, name)
const FINE = [result('mx1', 'unchanged')]
const MENDED = [drifted('mx1', { outcome: 'confirmed' })]
const DRIFTED = [drifted('mx1')]

/** Ends a run; `$OUT` is a file of this test for the command of --notify. */
async function leave(hosts: readonly HostResult[], flags: Omit<FleetFlags, 'inventory'>) {
  const { world, stdout, stderr } = createWorld({ env: { OUT: at('out') } })
  const exit = await leaveBehind(runOf(hosts), { inventory: 'fleet.yaml', ...flags }, world)
  expect(stdout()).toBe('')
  return { exit, stderr: stderr() }
}

describe('--report, --metrics and --notify', () => {
  it.each([
    [['--report', 'run.txt'], '--report: expected a file whose name ends in .html or .json, got "run.txt"'],
    [['--report', '-'], 'got "-"; --output json writes to standard output'],
    [['--report', '.json'], 'expected a file whose name ends in'],
    [['--metrics', 'run.txt'], '--metrics: expected a file whose name ends in .prom, got "run.txt"'],
    [['--metrics', '-'], '--metrics: expected a file whose name ends in .prom, got "-"'],
    [['--notify', ''], '--notify: expected a value, got none'],
    [['--metrics', '$DIR/missing/run.prom'], 'files can be written to, got $DIR/missing: ENOENT'],
    [['--report', '/dev/null/run.json'], 'files can be written to, got /dev/null: ENOTDIR'],
  ])('are refused before the inventory is read: %j', async (flags, sentence) => {
    const words = flags.map((word) => word.replace('$DIR', directory))
    for (const verb of ['check', 'deploy']) {
      const { exit, stdout, stderr } = await run(verb, at('missing.yaml'), ...words)
      expect([exit, stdout]).toEqual([2, ''])
      expect(stderr).toContain(sentence.replace('$DIR', directory))
      expect(stderr.match(/\n/g)).toHaveLength(1)
      expect(stderr).not.toContain('missing.yaml')
    }
  })

  it('are refused where something else than a file is in the way', async () => {
    await mkdir(at('run.json'))
    const { exit, stderr } = await run('check', at('missing.yaml'), '--report', at('run.json'))
    expect(exit).toBe(2)
    expect(stderr).toContain(`expected a file or nothing in place of ${at('run.json')}`)
  })

  it.runIf(process.getuid?.() !== 0)('are refused where the directory is not ours', async () => {
    await chmod(directory, 0o555)
    const { stderr } = await run('check', at('missing.yaml'), '--report', at('run.json'))
    expect(stderr).toContain('EACCES')
  })

  it('leave metrics that everybody may read, a report with the differences, and say so to a command', async () => {
    const umask = process.umask(0o077)
    const flags = {
      metrics: at('run.prom'),
      report: at('run.json'),
      notify: 'cat >"$OUT"; ls -1 "${OUT%/*}"/run.* >>"$OUT"',
    }
    const { exit, stderr } = await leave(DRIFTED, flags).finally(() => process.umask(umask))
    expect([exit, stderr]).toEqual([3, ''])
    expect(await readFile(at('run.prom'), 'utf8')).toContain(
      `mailfw_run_exit_code{inventory="${process.cwd()}/fleet.yaml",command="check"} 3\n`,
    )
    expect((await stat(at('run.prom'))).mode & 0o777).toBe(0o644)
    expect((await stat(at('run.json'))).mode & 0o777).toBe(0o600)
    const report = await readFile(at('run.json'), 'utf8')
    expect(JSON.parse(report)).toMatchObject({
      exit: 3,
      hosts: [{ families: { v4: { diff: expect.stringContaining('8080') as string } } }],
    })
    const out = await readFile(at('out'), 'utf8')
    expect(out).toContain('"outcome": "would-change"')
    expect(out).not.toContain('"diff"')
    expect(out).toMatch(/\}\n.*run\.json\n.*run\.prom\n$/)
  })

  it('leave a page to look at', async () => {
    expect(await leave(DRIFTED, { report: at('run.html') })).toEqual({ exit: 3, stderr: '' })
    expect(await readFile(at('run.html'), 'utf8')).toMatch(/^<!doctype html>[^]*8080[^]*<\/html>\s*$/)
  })

  it('tell a command of the differences where the run shows them', async () => {
    await leave(DRIFTED, { diff: true, notify: 'cat >"$OUT"' })
    expect(await readFile(at('out'), 'utf8')).toContain('"diff"')
  })

  it.each([
    ['all was well and nothing was changed', FINE, false],
    ['something was mended', MENDED, true],
    ['the exit code is not 0', DRIFTED, true],
  ])('call a command or not where %s', async (_, hosts, isCalled) => {
    await leave(hosts, { notify: ': >"$OUT"' })
    expect(await readdir(directory)).toEqual(isCalled ? ['out'] : [])
  })

  it('keep the last success of earlier runs', async () => {
    const metrics = at('run.prom')
    await leave(FINE, { metrics })
    const success = /^mailfw_last_success_timestamp_seconds.*$/m.exec(await readFile(metrics, 'utf8'))?.[0]
    expect(success).toBeDefined()
    await leave(DRIFTED, { metrics })
    expect(await readFile(metrics, 'utf8')).toContain(success)
  })

  it('say which file could not be written, write the others, and end with 2 where the hosts are fine', async () => {
    await mkdir(at('run.prom'))
    const flags = { metrics: at('run.prom'), report: at('run.json'), notify: 'echo "$MAILFW_EXIT" >"$OUT"' }
    const { exit, stderr } = await leave(FINE, flags)
    expect(exit).toBe(2)
    expect(stderr).toMatch(/^mailfw: the metrics could not be written to .*run\.prom: EISDIR.*\.\n$/)
    expect((await readdir(directory)).sort()).toEqual(['out', 'run.json', 'run.prom'])
    expect(await readFile(at('out'), 'utf8')).toBe('2\n')
  })

  it('never hide by that how the hosts are', async () => {
    const { exit } = await leave(DRIFTED, { report: at('nowhere/run.json') })
    expect(exit).toBe(3)
  })

  it('say that a command failed, which changes no exit code', async () => {
    expect(await leave(MENDED, { notify: 'exit 9' })).toEqual({
      exit: 0,
      stderr: 'mailfw: the command of --notify ended with exit code 9.\n',
    })
  })

  it('leave word and metrics of a run that reached no host, and the report of an earlier one', async () => {
    await writeFile(at('fleet.yaml'), 'mail: { hosts: { mx1: { mailfw_services: { smtp: 5 } } } }\n')
    await writeFile(at('run.json'), 'earlier')
    const flags = ['--metrics', at('run.prom'), '--report', at('run.json'), '--notify', `cat >'${at('out')}'`]
    const { exit, stderr } = await run('deploy', at('fleet.yaml'), ...flags)
    expect(exit).toBe(2)
    expect(JSON.parse(await readFile(at('out'), 'utf8'))).toMatchObject({
      command: 'deploy',
      exit: 2,
      summary: {},
      hosts: [],
      message: stderr,
    })
    expect(await readFile(at('run.prom'), 'utf8')).toMatch(/^mailfw_run_exit_code\{.*\} 2$/m)
    expect(await readFile(at('run.json'), 'utf8')).toBe('earlier')
  })

  it('are not repeated in a command that mailfw suggests', () => {
    const flags = {
      inventory: 'a.yaml',
      report: 'a.json',
      metrics: 'a.prom',
      notify: 'curl -H token',
      forks: 3,
    }
    expect(commandFor('check', ['mx1'], { flags, all: ['mx1'] })).toBe('mailfw check a.yaml -f 3')
  })
})
