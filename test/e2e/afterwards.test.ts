import { readFile, rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { metricsText } from '../../src/report/metrics.ts'
import type { RunDocument } from '../../src/report/reporter.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { collectText } from '../lab/supervisor.ts'
import { CLOSED, isStep, MAILFW, mailfw, OPEN, startDeploy } from './mailfw.ts'
import { checkMetrics } from './promtool.ts'
import { COUNTED, visitsOf } from './visits.ts'

const fleet = ['mx1', 'mx2']

describeLab('what a run leaves behind', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([...fleet, 'away', 'closed', 'never'].map((name) => ({ name, ...COUNTED })))
    const hosts = { away: { ansible_port: 9 }, closed: CLOSED, never: CLOSED }
    inventory = await lab.inventory({ all: OPEN, hosts })
  })
  afterEach(async () => {
    await rm(at('told'), { force: true })
  })
  afterAll(() => lab.close())

  const at = (name: string) => `${lab.home}/${name}`
  const read = (name: string) => readFile(at(name), 'utf8')
  const told = async () => JSON.parse(await read('told')) as RunDocument
  /** All three; the command keeps what it was told, and speaks. */
  const flags = () => [
    ...['--metrics', 'run.prom', '--report', 'run.json'],
    ...['--notify', 'cat >~/told; echo "said: $MAILFW_EXIT"'],
  ]
  const run = (verb: 'check' | 'deploy', limit: readonly string[], ...more: readonly string[]) =>
    mailfw(lab, verb, inventory, '--limit', limit.join(','), ...more)
  const valueOf = async (series: string) => {
    const text = await read('run.prom')
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series}{`))
        ?.split(' ')
        .at(-1),
    )
  }
  const SUCCESS = 'mailfw_last_success_timestamp_seconds'

  it('is a report, metrics that Prometheus takes, and word of what was changed', async (context) => {
    const { code, stderr, host } = await run('deploy', fleet, ...flags())
    expect(code).toBe(0)
    expect(host('mx1').outcome).toBe('confirmed')
    expect(stderr).toMatch(/^said: 0$/m)
    expect((await told()).summary).toEqual({ confirmed: 2 })
    expect(JSON.parse(await read('run.json'))).toMatchObject({
      exit: 0,
      hosts: fleet.map((name) => ({
        host: name,
        families: { v4: { diff: expect.stringContaining('+ :INPUT DROP\n') as string } },
      })),
    })
    const text = await read('run.prom')
    expect(text).toContain(`{inventory="${inventory}",command="deploy",host="mx2",outcome="confirmed"} 1\n`)
    expect(await checkMetrics(text, context)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await valueOf(SUCCESS)).toBe(await valueOf('mailfw_last_run_timestamp_seconds'))
  })

  it('is no word where all is well and nothing was changed', async () => {
    const { code, stderr } = await run('deploy', fleet, ...flags())
    expect([code, stderr.includes('said')]).toEqual([0, false])
    await expect(told()).rejects.toThrow('ENOENT')
  })

  it('names drift, a host that is away, and when all was well', async (context) => {
    const before = await valueOf(SUCCESS)
    await lab.host('mx1').succeed('iptables -P FORWARD ACCEPT')
    const { code, stderr } = await run('deploy', [...fleet, 'away'], ...flags(), '--check')
    expect(code).toBe(4)
    expect(stderr).toMatch(/^said: 4$/m)
    expect((await told()).summary).toEqual({ unchanged: 1, 'would-change': 1, unreachable: 1 })
    const text = await read('run.prom')
    expect(await checkMetrics(text, context)).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(text).toMatch(/^mailfw_host_drift\{.*,host="mx1",family="v4",in="live"\} 1$/m)
    expect(text).toMatch(/^mailfw_host_drift\{.*,host="mx2",family="v4",in="live"\} 0$/m)
    expect(text).toMatch(/^mailfw_host_differences\{.*,host="mx1",cause="host"\} [1-9]/m)
    expect(text).toMatch(/^mailfw_host_up\{.*,host="away"\} 0$/m)
    expect(JSON.parse(await read('run.json'))).toMatchObject({
      hosts: [{ host: 'mx1', generations: [{ n: 1 }, { n: 0 }] }, {}, { host: 'away' }],
    })
    // It is that of deploys: this was a check
    expect(await valueOf(SUCCESS)).toBeNaN()
    expect(before).toBeGreaterThan(0)
  })

  it('is a page to look at', async () => {
    const { code } = await run('check', fleet, '--report', 'run.html')
    expect(code).toBe(3)
    expect(await read('run.html')).toMatch(/^<!doctype html>[^]*FORWARD ACCEPT[^]*<\/html>\s*$/)
  })

  it('is refused, before any host is contacted, where it could not be written', async () => {
    await lab.controller(['sh', '-c', 'mkdir -p locked && mount -t tmpfs -o ro mailfw-test locked'])
    const before = await visitsOf(lab.host('mx1'))
    for (const flag of [
      ['--metrics', 'locked/run.prom'],
      ['--report', 'locked/run.json'],
    ]) {
      const { code, stdout, stderr } = await lab.controller([...MAILFW, 'deploy', inventory, ...flag])
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain(`files can be written to, got ${lab.home}/locked: EROFS`)
    }
    expect(await visitsOf(lab.host('mx1'))).toEqual(before)
  })

  it('is missed aloud where it cannot be written in the end', async () => {
    const fill =
      'mkdir -p full && mount -t tmpfs -o size=4k mailfw-test full && echo old >full/run.json && cat /dev/zero >full/zero; true'
    await lab.controller(['sh', '-c', fill])
    const { code, exit, stderr } = await run(
      'check',
      ['mx2'],
      '--report',
      'full/run.json',
      '--metrics',
      'run.prom',
    )
    expect([exit, code]).toEqual([0, 2])
    expect(stderr).toMatch(/^mailfw: the report could not be written to full\/run\.json: ENOSPC.*\.$/m)
    const { stdout } = await lab.controller(['sh', '-c', 'cat full/run.json; ls full'])
    expect(stdout).toBe('old\nrun.json\nzero\n')
    expect(await valueOf('mailfw_run_exit_code')).toBe(0)
  })

  it('is there of an interrupted run too', async () => {
    const words = ['--forks', '1', '--limit', 'closed,never', ...flags()]
    const interrupted = startDeploy(lab, inventory, ...words)
    await interrupted.until(isStep('closed', 'confirm'))
    interrupted.child.kill('SIGINT')
    expect(await interrupted.ended).toBe(5)
    const document = await told()
    expect([document.exit, document.summary]).toEqual([5, { reverted: 1, skipped: 1 }])
    expect(JSON.parse(await read('run.json'))).toMatchObject({ run: document.run, exit: 5 })
    expect(await valueOf('mailfw_run_exit_code')).toBe(5)
  })

  it('does not keep a run from its end where the command hangs: Ctrl-C ends that', async () => {
    const words = ['check', inventory, '--limit', 'closed', '--notify', 'echo hanging; exec sleep 600']
    const child = lab.spawnController([...MAILFW, ...words])
    if (child.stdout === null || child.stderr === null) throw new Error('Expected a child with pipes')
    const stderr = collectText(child.stderr)
    const ended = new Promise((resolve) => child.on('close', resolve))
    await expect.poll(stderr, { timeout: 30_000 }).toContain('hanging')
    child.kill('SIGINT')
    expect(await ended).toBe(3)
    expect(stderr()).toContain('mailfw: the command of --notify was interrupted.')
  })
})

describeLab('promtool', () => {
  const run: RunDocument = {
    format: 1,
    mailfw: '1.0.0',
    command: 'check',
    run: 'c0ffee',
    started: '2026-11-22T14:02:30.000Z',
    seconds: 1.25,
    exit: 0,
    summary: {},
    hosts: [],
  }

  it('takes whatever path an inventory has', async (context) => {
    const inventory = '/a "b"/\\c\\n,d="e"} 1\n#\u{1f4ee} \u0007/fleet.yaml'
    expect(await checkMetrics(metricsText(run, { inventory }), context)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
  })

  it('refuses what is no text of metrics', async (context) => {
    const text = metricsText(run, { inventory: '/fleet.yaml' })
    expect(await checkMetrics(text.replace('fleet', 'fle"et'), context)).toMatchObject({ code: 1 })
    expect((await checkMetrics(text.replaceAll('mailfw_info', 'mailfw_Info_total'), context)).code).not.toBe(
      0,
    )
  })
})
