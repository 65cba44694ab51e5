import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunCommand } from '../../src/model/command.ts'
import type { Difference, FamilyState, HostResult } from '../../src/model/outcome.ts'
import { exitCode, summarise } from '../../src/model/outcome.ts'
import { createOutput } from '../../src/report/output.ts'
import type { Detail, Reporter, RunDocument } from '../../src/report/reporter.ts'
import { createTextReporter } from '../../src/report/text.ts'
import { createFakeClock, drifted, result, unknownKey, unreachable } from './samples.ts'
import { createStream } from './streams.ts'

const STARTED = '2026-11-22T14:02:30.000Z'
const zone = process.env['TZ']

beforeAll(() => {
  process.env['TZ'] = 'UTC'
})

afterAll(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

interface Shown {
  readonly reporter: Reporter
  readonly result: () => string
  readonly aside: () => string
}

async function reporterOf(
  options: {
    columns?: number
    diff?: boolean
    detail?: Detail
    clock?: ReturnType<typeof createFakeClock>
  } = {},
): Promise<Shown> {
  const stdout = createStream(options.columns ?? 80)
  const stderr = createStream()
  const reporter = await createTextReporter({
    result: createOutput(stdout, {}, 'never'),
    aside: createOutput(stderr, {}, 'never'),
    clock: options.clock ?? createFakeClock(STARTED),
    diff: options.diff ?? false,
    detail: options.detail ?? 'progress',
    commandFor: (verb, hosts) => `mailfw ${verb} fleet.yaml --limit ${hosts.join(',')}`,
    byHandCommand: (verb, host, attempt) => `mailfw ${verb} fleet.yaml ${host} ${attempt}`,
  })
  return { reporter, result: stdout.text, aside: stderr.text }
}

function begin(command: RunCommand, hosts: number): Parameters<Reporter['event']>[0] {
  return {
    event: 'run',
    format: 1,
    mailfw: '1.0.0',
    command,
    run: 'c0ffee',
    started: STARTED,
    hosts,
    inventory: 'inventory.yaml',
    by: 'alice@laptop',
  }
}

function ended(command: RunCommand, hosts: readonly HostResult[]): RunDocument {
  return {
    format: 1,
    mailfw: '1.0.0',
    command,
    run: 'c0ffee',
    started: STARTED,
    seconds: 3.21,
    exit: exitCode(hosts, { strict: false, command }),
    summary: summarise(hosts),
    hosts,
  }
}

/** A whole run: what stood aside, and the result. */
async function run(
  command: RunCommand,
  hosts: readonly HostResult[],
  options: { columns?: number; diff?: boolean; detail?: Detail } = {},
): Promise<{ readonly aside: string; readonly result: string }> {
  const shown = await reporterOf(options)
  shown.reporter.event(begin(command, hosts.length))
  for (const host of hosts) shown.reporter.event({ event: 'host', ...host })
  shown.reporter.finish(ended(command, hosts))
  return { aside: shown.aside(), result: shown.result() }
}

const NO_LOADER = {
  code: 'no-boot-loader',
  severity: 'warning',
  message: 'Nothing loads the saved rules at boot.',
  fix: 'apt-get install iptables-persistent',
} as const

const FLEET: readonly HostResult[] = [
  result('mx1.example.net', 'unchanged', { findings: [NO_LOADER] }),
  result('mx2.example.net', 'confirmed', { generation: 4, findings: [NO_LOADER] }),
  result('mx3.example.net', 'reverted', {
    code: 'locked-out',
    address: '192.0.2.3',
    message:
      'No new connection could be made within 20 s after the new rules were applied; the old rules are back.',
  }),
  unreachable('mx4.example.net', '192.0.2.4'),
  unreachable('mx5.example.net', '192.0.2.5'),
  unreachable('mx6.example.net', '192.0.2.6'),
  result('store1.example.net', 'unknown', {
    code: 'no-answer',
    message: 'The connection broke while the rules were applied; look at the host: its guard may still act.',
    pending: { id: '5f3a9b21', secondsLeft: 42 },
  }),
  result('store2.example.net', 'skipped', {
    code: 'budget',
    message: 'Never started, because store1.example.net may be locked out; nothing was changed.',
  }),
]

const difference =
  (where: Difference['in']) =>
  (cause: Difference['cause'], line: string): Difference => ({ in: where, table: 'filter', line, cause })

const [live, saved] = [difference('live'), difference('saved')]
const MYSQL = '- -A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT'
const SIEVE = '+ -A INPUT -p tcp -m tcp --dport 4190 -m comment --comment managesieve -j ACCEPT'
const PATHS = { v4: '/etc/iptables/rules.v4', v6: '/etc/iptables/rules.v6' }

function differing(host: string, v4: FamilyState, more: Partial<HostResult> = {}): HostResult {
  return result(host, 'would-change', {
    code: 'drift',
    message: 'something differs; nothing was changed',
    generation: 4,
    families: { v4: { savedPath: PATHS.v4, ...v4 }, v6: { savedPath: PATHS.v6 } },
    ...more,
  })
}

/** A host for each way to differ. */
const CAUSED: readonly HostResult[] = [
  differing('hand1', { live: 'differs', differences: [live('host', MYSQL)] }),
  differing('hand2', { live: 'differs', differences: [live('host', MYSQL)] }, { generation: 7 }),
  differing('inventory', {
    ...{ live: 'differs', saved: 'differs' },
    differences: [live('inventory', SIEVE), saved('inventory', SIEVE)],
  }),
  differing('version', { saved: 'differs', differences: [saved('mailfw-version', SIEVE)] }),
  differing('both', {
    ...{ live: 'differs', saved: 'differs' },
    differences: [
      live('host', '- :FORWARD ACCEPT'),
      live('host', '+ :FORWARD DROP'),
      { ...live('inventory', '+ -A POSTROUTING -o eth0 -j MASQUERADE'), table: 'nat' },
      live('host', MYSQL),
      live('inventory', SIEVE),
      saved('inventory', SIEVE),
    ],
  }),
  differing('gone', { saved: 'absent', differences: [saved('host', '+ :INPUT DROP')] }),
  differing('garbled', {
    saved: 'differs',
    differences: [
      saved('host', '# the saved file is no ruleset: line 2: expected a table such as "*filter", got "x"'),
      saved('host', '+ :INPUT DROP'),
    ],
  }),
  differing('container', { live: 'cannot-compare', differences: [live('inventory', SIEVE)] }),
  result('new', 'would-change', {
    families: {
      v4: {
        ...{ live: 'differs', saved: 'absent', savedPath: PATHS.v4 },
        differences: [live('inventory', MYSQL), live('inventory', SIEVE), saved('inventory', SIEVE)],
      },
    },
  }),
]

describe('the text of a run', () => {
  it('names every host that is not as wanted, worst first, with findings, guards and the next command last', async () => {
    const { result: text } = await run('deploy', FLEET)
    await expect(text).toMatchFileSnapshot('../cases/report/deploy-mixed.txt')
  })

  it('uses the width of a wide terminal', async () => {
    const { result: text } = await run('deploy', FLEET, { columns: 200 })
    await expect(text).toMatchFileSnapshot('../cases/report/deploy-mixed-wide.txt')
  })

  it('keeps a log with a line for each finished host aside', async () => {
    const { aside } = await run('deploy', FLEET)
    await expect(aside).toMatchFileSnapshot('../cases/report/deploy-mixed.log')
  })

  it('shows equal differences once', async () => {
    const hosts = [
      ...['mx1', 'mx2', 'mx3'].map((name) => drifted(name)),
      result('mx4', 'unchanged'),
      drifted('store1', {
        families: {
          v4: { live: 'as-wanted', saved: 'absent', savedPath: '/etc/iptables/rules.v4' },
          v6: null,
        },
      }),
    ]
    const { result: text } = await run('check', hosts)
    await expect(text).toMatchFileSnapshot('../cases/report/check-diff.txt')
  })

  it.each([80, 120])('says who made what differ, in a terminal of %i columns', async (columns) => {
    const { result: text } = await run('check', CAUSED, { columns })
    await expect(text).toMatchFileSnapshot(`../cases/report/check-causes-${columns}.txt`)
  })

  it('shows hosts with the same differences once, whichever generations they have', async () => {
    const { families } = drifted('mx1')
    const hosts = Array.from({ length: 100 }, (_, index) =>
      result(`mx${index + 1}`, 'would-change', { families, generation: index + 1 }),
    )
    const { result: text } = await run('check', hosts)
    expect(text.match(/- -A INPUT/g)).toHaveLength(1)
    expect(text).toContain('100 hosts: mx[1:100]\n')
  })

  it('shows what differs of a check also without --diff, and of a deploy only with it', async () => {
    const { result: check } = await run('check', [drifted('mx1')])
    expect(check).toContain('    - -A INPUT')
    expect(check).toContain('mailfw deploy fleet.yaml --limit mx1\n')
    const { families } = drifted('mx1')
    const deploy = await run('deploy', [result('mx1', 'confirmed', { families, generation: 4 })])
    expect(deploy.result).not.toContain('-A INPUT')
  })

  it('folds many unknown host keys into one sentence with fingerprints and the ssh-keyscan line', async () => {
    const hosts = [
      unknownKey('mx1.example.net', '192.0.2.1', 'ssh-ed25519 SHA256:AAAA'),
      unknownKey('mx2.example.net', '192.0.2.2', 'ssh-ed25519 SHA256:BBBB'),
      unknownKey('store1.example.net', '192.0.2.10', 'ecdsa-sha2-nistp256 SHA256:CCCC', 2222),
    ]
    const { result: text } = await run('deploy', hosts)
    await expect(text).toMatchFileSnapshot('../cases/report/unknown-keys.txt')
  })

  it('lists the rules that a first deploy took away and where they are kept', async () => {
    const { families } = drifted('mx1')
    const hosts = [
      result('mx1', 'confirmed', { generation: 1, families }),
      result('mx2', 'confirmed', { generation: 2, families }),
    ]
    const { result: text } = await run('deploy', hosts)
    await expect(text).toMatchFileSnapshot('../cases/report/first-deploy.txt')
  })

  it('says for a single host how it ended', async () => {
    const host = result('mx1.example.net', 'confirmed', {
      message: 'Applied, confirmed over a new connection and saved as generation 4.',
      generation: 4,
    })
    const { result: text } = await run('deploy', [host])
    await expect(text).toMatchFileSnapshot('../cases/report/one-host.txt')
  })

  it('sends whoever meets a pending attempt to status, for a deploy would be refused again', async () => {
    const hosts = [
      result('mx1', 'unknown', {
        code: 'interrupted',
        pending: { id: '4e1243bd22c66e76', secondsLeft: 41 },
      }),
      result('mx2', 'failed', { code: 'busy' }),
      unreachable('mx3', '192.0.2.3'),
    ]
    const { result: text } = await run('deploy', hosts)
    expect(text).toMatch(/^To try these again:\n {2}mailfw deploy fleet\.yaml --limit mx3$/m)
    expect(text).toMatch(/^To see how these stand:\n {2}mailfw status fleet\.yaml --limit mx1,mx2$/m)
  })

  it.each(['confirm', 'revert'] as const)('does not tell of an attempt as pending after %s', async (verb) => {
    const findings = [
      { code: 'pending-attempt', severity: 'warning', message: 'the attempt is applied' },
      { code: 'no-boot-loader', severity: 'warning', message: 'nothing loads the rules' },
    ] as const
    const { result: text } = await run(verb, [result('mx1', 'confirmed', { findings })])
    expect(text).toContain('nothing loads the rules')
    expect(text).not.toContain('the attempt is applied')
  })

  it('stays short for two thousand hosts', async () => {
    const hosts = Array.from({ length: 2_000 }, (_, index) => {
      const name = `mx${index + 1}.example.net`
      return index % 2 === 0 && index < 20
        ? unreachable(name, `192.0.2.${index}`)
        : result(name, index > 1_900 ? 'skipped' : 'unchanged', {
            code: 'budget',
            message: 'Never started; nothing was changed.',
          })
    })
    const { result: text } = await run('deploy', hosts)
    await expect(text.replace(/--limit .*/, '--limit …')).toMatchFileSnapshot(
      '../cases/report/two-thousand.txt',
    )
  })

  it('lets nothing from a host reach the terminal unescaped', async () => {
    const escape = '\u001b[31mred\u0007\u202e'
    const hosts = [
      result('mx1', 'failed', {
        code: 'apply-refused',
        message: escape,
        families: {
          v4: {
            live: 'differs',
            savedPath: escape,
            differences: [{ in: 'live', table: escape, line: `+ ${escape}`, cause: 'host' }],
          },
        },
        findings: [{ code: escape, severity: 'warning', message: escape, fix: escape }],
        pending: { id: escape, secondsLeft: 1 },
      }),
    ]
    const { result: text, aside } = await run('deploy', hosts, { diff: true })
    expect(text + aside).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(text).toContain('\\x1b[31mred\\x07\\u{202e}')
  })
})

describe('the deadline of a guard', () => {
  it('counts from when the host reported it, not from the end of the run', async () => {
    const clock = createFakeClock(STARTED)
    const { reporter, result: text } = await reporterOf({ clock })
    const host = result('mx1', 'unknown', {
      code: 'no-answer',
      message: 'No answer.',
      pending: { id: 'a1', secondsLeft: 60 },
    })
    reporter.event(begin('deploy', 1))
    reporter.event({ event: 'host', ...host })
    clock.pass(30_000)
    reporter.finish({ ...ended('deploy', [host]), seconds: 30 })
    expect(text()).toContain('14:03:30')
  })
})

describe('the plan that comes before the question', () => {
  it('shows the changes, what a first deploy takes away, and who will be left out', async () => {
    const shown = await reporterOf()
    const planned = [
      drifted('mx1'),
      drifted('mx2'),
      drifted('new1', { generation: undefined } as unknown as Partial<HostResult>),
      result('mx3', 'unchanged'),
      unreachable('mx4', '192.0.2.4'),
    ]
    shown.reporter.changes(planned)
    await expect(shown.aside()).toMatchFileSnapshot('../cases/report/plan.txt')
    expect(shown.result()).toBe('')
  })

  it('has the warnings of hosts that would change, and nothing else that was found', async () => {
    const { reporter, aside } = await reporterOf()
    const finding = (severity: 'info' | 'warning', code: string) => ({
      code,
      severity,
      message: `this is ${code}`,
      fix: `fix ${code}`,
    })
    reporter.changes([
      { ...drifted('mx1'), findings: [finding('info', 'ipv6-off'), finding('warning', 'second-writer')] },
      { ...result('mx2', 'unchanged'), findings: [finding('warning', 'no-boot-loader')] },
    ])
    expect(aside()).toMatch(/this is second-writer\n.*fix second-writer/s)
    expect(aside()).not.toMatch(/ipv6-off|no-boot-loader/)
  })

  it('is not shown a second time at the end', async () => {
    const shown = await reporterOf({ diff: true })
    shown.reporter.changes([drifted('mx1')])
    shown.reporter.finish(
      ended('deploy', [result('mx1', 'confirmed', { families: drifted('mx1').families })]),
    )
    expect(shown.result()).not.toContain('-A INPUT')
  })
})

describe('a log', () => {
  it('says what is in flight when ten seconds brought nothing', async () => {
    const clock = createFakeClock(STARTED)
    const { reporter, aside } = await reporterOf({ clock })
    reporter.event(begin('deploy', 3))
    reporter.event({ event: 'host', ...result('mx1', 'unchanged') })
    reporter.event({ event: 'step', host: 'mx2', step: 'confirm', at: STARTED })
    reporter.event({ event: 'step', host: 'mx3', step: 'apply', at: STARTED })
    clock.pass(20_000)
    const before = aside()
    clock.pass(9_000)
    expect(aside()).toBe(before)
    expect(before).toContain('1 of 3 done after 20 s: 1 unchanged; 1 at apply (mx3), 1 at confirm (mx2)\n')
    reporter.finish(ended('deploy', []))
    const finished = aside()
    clock.pass(60_000)
    expect(aside()).toBe(finished)
  })

  it('says in one line that hosts were never started, and why', async () => {
    const skipped = Array.from({ length: 2_000 }, (_, index) =>
      result(`mx${index + 1}`, 'skipped', {
        code: 'budget',
        message: `not started, for ${index} did not keep it`,
      }),
    )
    const { aside, result: shown } = await run('deploy', skipped)
    const lines = 'skipped        2000 hosts: mx[1:2000]: not started, for 1999 did not keep it'
    expect(aside).toBe(`mailfw deploy: 2000 hosts (run c0ffee)\n2000/2000  ${lines}\n\n`)
    expect(shown.match(/^skipped/gm)).toHaveLength(1)
    expect(shown).toContain('not started, for 1999 did not keep it')
  })

  it('tells of each batch', async () => {
    const { reporter, aside } = await reporterOf()
    reporter.event(begin('deploy', 3))
    reporter.event({ event: 'batch', batch: 1, of: 2, hosts: ['mx1'] })
    reporter.event({ event: 'host', ...result('mx1', 'confirmed') })
    reporter.event({ event: 'batch', batch: 2, of: 2, hosts: ['mx2', 'mx3'] })
    reporter.event({ event: 'batch', batch: 3, of: 3, hosts: ['mx4'], more: 7 })
    expect(aside()).toMatch(
      /^batch 1\/2: mx1\n1\/3 {2}confirmed {6}mx1 .*\nbatch 2\/2: 2 hosts: mx2, mx3\nbatch 3\/3: mx4, and up to 7 that are still examined\n$/m,
    )
  })

  it('counts ten seconds from the last line', async () => {
    const clock = createFakeClock(STARTED)
    const { reporter, aside } = await reporterOf({ clock })
    reporter.event(begin('deploy', 2))
    reporter.event({ event: 'step', host: 'mx1', step: 'apply', at: STARTED })
    clock.pass(9_000)
    reporter.event({ event: 'host', ...result('mx2', 'unchanged') })
    const before = aside()
    clock.pass(9_000)
    expect(aside()).toBe(before)
    clock.pass(1_000)
    expect(aside()).toBe(`${before}1 of 2 done after 19 s: 1 unchanged; 1 at apply (mx1)\n`)
  })

  it('has each connection and call where that is asked for, and not else', async () => {
    const told = async (detail: Detail) => {
      const { reporter, aside } = await reporterOf({ detail })
      reporter.event(begin('check', 1))
      reporter.event({ event: 'call', host: 'mx1', call: 'connect', ok: true, seconds: 0.123 })
      reporter.event({ event: 'call', host: 'mx1', call: 'examine', ok: false, seconds: 20 })
      return aside()
    }
    expect(await told('verbose')).toContain('mx1: connect 0.12 s\nmx1: examine 20.00 s, failed\n')
    expect(await told('progress')).not.toContain('examine')
  })
})

describe('quiet', () => {
  it('is the result and what went wrong besides, and a question is still asked', async () => {
    const { reporter, aside, result: shown } = await reporterOf({ detail: 'quiet' })
    const mx1 = unreachable('mx1', '192.0.2.1')
    reporter.event(begin('deploy', 1))
    reporter.event({ event: 'notice', message: 'added a key' })
    reporter.event({ event: 'step', host: 'mx1', step: 'connect', at: STARTED })
    reporter.event({ event: 'notice', message: 'added another key' })
    reporter.event({ event: 'host', ...mx1 })
    expect(aside()).toBe('')
    reporter.event({ event: 'notice', host: 'mx1', severity: 'warning', message: 'this went wrong' })
    expect(aside()).toBe('mx1: this went wrong\n')
    reporter.changes([drifted('mx2')])
    expect(aside()).toContain('--dport 8080')
    reporter.finish(ended('deploy', [mx1]))
    expect(shown()).toMatch(/^1 host in 3\.2 s: 1 unreachable\n\nunreachable {4}mx1\n/)
  })
})
