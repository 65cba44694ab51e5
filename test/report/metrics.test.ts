import { describe, expect, it } from 'vitest'
import type { Difference, HostResult } from '../../src/model/outcome.ts'
import { OUTCOMES } from '../../src/model/outcome.ts'
import { metricsText } from '../../src/report/metrics.ts'
import type { RunDocument } from '../../src/report/reporter.ts'
import { runOf } from './fleets.ts'
import { drifted, result, unreachable } from './samples.ts'

const INVENTORY = '/srv/mail/fleet.yaml'
const SUCCESS = 'mailfw_last_success_timestamp_seconds'

function failedRunOf(hosts: readonly HostResult[], more: Partial<RunDocument> = {}): RunDocument {
  return runOf(hosts, { seconds: 1.25, exit: 3, ...more })
}

function textOf(hosts: readonly HostResult[], more: Partial<RunDocument> = {}): string {
  return metricsText(failedRunOf(hosts, more), { inventory: INVENTORY })
}

/** The values of a gauge by its labels, without those that every series has. */
function valuesOf(text: string, name: string): Record<string, number> {
  const common = `inventory="${INVENTORY}",command="check",?`
  const line = new RegExp(`^${name}\\{${common}(.*)\\} (\\S+)$`, 'gm')
  return Object.fromEntries(
    [...text.matchAll(line)].map(([, labels = '', value]) => [labels, Number(value)] as const),
  )
}

function difference(cause: Difference['cause'], line = '+ -A INPUT -j ACCEPT'): Difference {
  return { in: 'live', table: 'filter', line, cause }
}

const WARNING = { severity: 'warning', message: 'Nothing loads it.' } as const

const MENDED = drifted('mended', { outcome: 'confirmed', code: 'deployed', generation: 4 })
const BROKEN = drifted('broken', {
  families: {
    v4: {
      live: 'differs',
      saved: 'absent',
      differences: [difference('host'), difference('inventory'), difference('host', '- -A INPUT -j DROP')],
    },
    v6: null,
  },
  findings: [
    { code: 'no-boot-loader', ...WARNING },
    { code: 'no-boot-loader', ...WARNING },
    { code: 'first-deploy', severity: 'info', message: 'It is new.' },
  ],
})
const DECLINED = drifted('declined', { outcome: 'skipped', code: 'declined' })
const SKIPPED = result('never-started', 'skipped', { code: 'budget', connections: 0 })

describe('metrics', () => {
  it('tell of a run and of each of its hosts', async () => {
    const hosts = [result('fine', 'unchanged'), MENDED, BROKEN, unreachable('away', '192.0.2.1'), SKIPPED]
    await expect(textOf(hosts)).toMatchFileSnapshot('../cases/report/metrics.prom')
  })

  it('count hosts of every outcome, also of those that none has', () => {
    const expected = Object.fromEntries(OUTCOMES.map((outcome) => [`outcome="${outcome}"`, 0]))
    expect(valuesOf(textOf([BROKEN, SKIPPED]), 'mailfw_hosts')).toEqual({
      ...expected,
      'outcome="would-change"': 1,
      'outcome="skipped"': 1,
    })
  })

  it('say which hosts drift, in each family, live and saved', () => {
    expect(valuesOf(textOf([BROKEN, drifted('mx2')]), 'mailfw_host_drift')).toEqual({
      'host="broken",family="v4",in="live"': 1,
      'host="broken",family="v4",in="saved"': 1,
      'host="mx2",family="v4",in="live"': 1,
      'host="mx2",family="v4",in="saved"': 0,
      'host="mx2",family="v6",in="live"': 0,
      'host="mx2",family="v6",in="saved"': 0,
    })
  })

  it('no longer call that drift which the run has mended', () => {
    expect(Object.values(valuesOf(textOf([MENDED]), 'mailfw_host_drift'))).toEqual([0, 0, 0, 0])
  })

  it.each([
    ['unknown', drifted('mx1', { outcome: 'unknown' })],
    ['revert-failed', drifted('mx1', { outcome: 'revert-failed' })],
    ['unreachable', unreachable('mx1', '192.0.2.1')],
    [
      'cannot-compare',
      result('mx1', 'would-change', { families: { v4: { live: 'cannot-compare' }, v6: null } }),
    ],
  ])('claim nothing about drift where nobody can tell: %s', (_, host) => {
    expect(textOf([host])).not.toContain('mailfw_host_drift')
  })

  it('count differences by their cause, remarks not among them', () => {
    const remark = difference('host', '# moved: -A INPUT -j f2b-sshd')
    const host = drifted('mx1', { families: { v4: { differences: [remark] } } })
    expect(valuesOf(textOf([BROKEN, host]), 'mailfw_host_differences')).toEqual({
      'host="broken",cause="host"': 2,
      'host="broken",cause="inventory"': 1,
    })
  })

  it('tell a host that cannot be reached from one that nobody tried', () => {
    const hosts = [BROKEN, unreachable('away', '192.0.2.1'), DECLINED, SKIPPED]
    expect(valuesOf(textOf(hosts), 'mailfw_host_up')).toEqual({
      'host="broken"': 1,
      'host="away"': 0,
      'host="declined"': 1,
    })
  })

  it('have no series twice, or the collector would refuse them all', () => {
    const hosts = Array.from({ length: 5_000 }, (_, index) => ({ ...BROKEN, host: `mx${index}` }))
    const lines = textOf(hosts).split('\n').slice(0, -1)
    const series = lines.map((line) => line.replace(/ [^ ]*$/, ''))
    expect(new Set(series).size).toBe(lines.length)
    expect(lines.length).toBeGreaterThan(5_000)
  })

  it('quote what would end a label', () => {
    const text = metricsText(failedRunOf([]), { inventory: '/a "b"\\c\nd' })
    expect(text).toContain('{inventory="/a \\"b\\"\\\\c\\nd",command="check"}')
  })
})

describe('the time of the last success', () => {
  const RUN = failedRunOf([])
  const ENDED = Date.parse(RUN.started) / 1_000 + RUN.seconds
  const success = textOf([], { exit: 0 })

  it('is that of a run whose exit code is 0', () => {
    expect(valuesOf(success, SUCCESS)).toEqual({ '': ENDED })
    expect(valuesOf(success, 'mailfw_last_run_timestamp_seconds')).toEqual({ '': ENDED })
  })

  it('is absent where there never was one', () => {
    expect(textOf([])).not.toContain(SUCCESS)
  })

  it('is kept by the runs that are none, one after the other', () => {
    let earlier = success
    for (const started of ['2026-11-22T15:00:00.000Z', '2026-11-22T16:00:00.000Z'])
      earlier = metricsText({ ...RUN, started }, { inventory: INVENTORY, earlier })
    expect(valuesOf(earlier, SUCCESS)).toEqual({ '': ENDED })
    expect(valuesOf(earlier, 'mailfw_last_run_timestamp_seconds')[''] ?? 0).toBeGreaterThan(ENDED)
  })

  it.each([
    ['of another inventory', success.replaceAll(INVENTORY, '/other.yaml')],
    ['of another command', success.replaceAll('"check"', '"deploy"')],
    ['that is no number', success.replace(/^(mailfw_last_success.*) .*$/m, '$1 soon')],
    ['that is cut short', success.replace(/^(mailfw_last_success.*) .*$/m, '$1 ')],
    ['of a file that is none of ours', '\0\u{fffd}{}'],
  ])('is not one %s', (_, earlier) => {
    expect(metricsText(RUN, { inventory: INVENTORY, earlier })).not.toContain(SUCCESS)
  })
})
