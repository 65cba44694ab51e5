import { describe, expect, it } from 'vitest'
import type { BenchReport } from './bench-report.ts'
import { goalResults } from './goals.ts'
import { measuredRow } from './measured.ts'
import { resultsOf } from './results.ts'
import { tableText } from './table.ts'

describe('the table', () => {
  it('tells all that was found', async () => {
    await expect(`${tableText(report())}\n`).toMatchFileSnapshot('../cases/bench/table.md')
  })

  it('says so where the CPU could not be counted', () => {
    const rows = resultsOf([measuredRow('one-session', [1])])
    expect(tableText({ ...report(), rows })).toContain("- the controller's CPU was not counted: ")
    expect(tableText(report())).not.toContain('was not counted')
  })
})

function report(): BenchReport {
  const measured = [
    measuredRow('one-session', [1, 1.2], { cpu: 0.5 }),
    measuredRow('two-sessions', [2, 2.4], { cpu: 0.5 }),
    measuredRow('mailfw-deploy', [3, 4], { cpu: 0.5, floor: 'two-sessions' }),
    measuredRow('mailfw-unchanged', [2, 2], { cpu: 0.5, floor: 'one-session' }),
    measuredRow('mailfw-check', [1.2, 1.5], { cpu: 0.5, floor: 'one-session' }),
    measuredRow('ansible-first', [123.4], { cpu: 0.5, floor: 'two-sessions', ours: 'mailfw-deploy' }),
    { ...measuredRow('ansible-unchanged', []), problem: 'ended with 2: no host could be reached' },
  ]
  return {
    command: 'npm run bench -- --hosts 3',
    date: '2026-01-02',
    machine: {
      processors: '2 x A Processor',
      memory: '3.5 GiB',
      kernel: '6.1.0',
      node: 'v20.20.0',
      openssh: 'OpenSSH_9.2p1',
    },
    hosts: 3,
    forks: 20,
    rows: resultsOf(measured),
    notes: ['the floor: with care', 'Ansible: core 2.14.18'],
    missing: [{ name: 'pssh', missing: 'parallel-ssh is not installed' }],
    goals: goalResults(measured),
    report: { hosts: 5_000, seconds: 2.5, boundSeconds: 2 },
  }
}
