import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunCommand } from '../../src/model/command.ts'
import type { HostResult } from '../../src/model/outcome.ts'
import { exitCode, summarise } from '../../src/model/outcome.ts'
import { createJsonReporter } from '../../src/report/json.ts'
import { createOutput } from '../../src/report/output.ts'
import type { RunDocument } from '../../src/report/reporter.ts'
import { createTextReporter } from '../../src/report/text.ts'
import { createFakeClock, drifted, result, unreachable } from './samples.ts'
import { createStream } from './streams.ts'

const STARTED = '2026-11-22T14:02:30.000Z'
const GENERATION = { n: 4, at: '2026-11-20T09:00:00.000Z', by: 'alice@laptop' }
const zone = process.env['TZ']

beforeAll(() => {
  process.env['TZ'] = 'UTC'
})

afterAll(() => {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
})

const FLEET: readonly HostResult[] = [
  ...Array.from({ length: 12 }, (_, index) =>
    result(`mx${index + 1}`, 'unchanged', { generation: GENERATION }),
  ),
  drifted('drifted', { generation: { n: 3 } }),
  unreachable('off', '192.0.2.9'),
  result('waits', 'unchanged', {
    message:
      'attempt 4e1243bd22c66e76 is applied and waits to be confirmed; its guard puts the old rules back in 41 s; live and saved rules are as wanted',
    pending: { id: '4e1243bd22c66e76', secondsLeft: 41 },
    findings: [{ code: 'pending-attempt', severity: 'warning', message: 'the attempt is applied' }],
  }),
  result('guardless', 'would-change', {
    code: 'drift',
    message:
      'attempt 5555555555555555 is applied, nobody confirmed it, and its guard is gone; the next deploy puts the old rules back',
    pending: { id: '5555555555555555', secondsLeft: -3 },
  }),
  result('reverted', 'would-change', {
    code: 'drift',
    message:
      'attempt 6666666666666666 was reverted at 2026-11-22T03:00:10Z; live IPv4 rules differ; nothing was changed',
    reverted: {
      id: '6666666666666666',
      at: '2026-11-22T03:00:10Z',
      log: '2026-11-22T03:00:10Z nobody confirmed until the deadline\n2026-11-22T03:00:10Z v4 put back by snapshot, after a long story that no line of a terminal can hold',
    },
  }),
  result('died', 'would-change', {
    code: 'drift',
    message:
      'the host died while attempt 7777777777777777 was being saved, which the next deploy finishes or undoes',
    unfinished: { id: '7777777777777777' },
  }),
  result('stuck', 'revert-failed', {
    code: 'revert-incomplete',
    message:
      'attempt 8888888888888888 could not be reverted at 2026-11-22T03:01:10Z: some of its rules may still be live',
    reverted: { id: '8888888888888888', at: '2026-11-22T03:01:10Z', log: '' },
  }),
]

function ended(hosts: readonly HostResult[]): RunDocument {
  return {
    format: 1,
    mailfw: '1.0.0',
    command: 'status',
    run: 'c0ffee',
    started: STARTED,
    seconds: 3.21,
    exit: exitCode(hosts, { strict: false, command: 'check' }),
    summary: summarise(hosts),
    hosts,
  }
}

async function text(hosts: readonly HostResult[], columns = 80): Promise<string> {
  const stdout = createStream(columns)
  const reporter = await createTextReporter({
    result: createOutput(stdout, {}, 'never'),
    aside: createOutput(createStream(), {}, 'never'),
    clock: createFakeClock(STARTED),
    diff: false,
    detail: 'progress',
    commandFor: (verb, names) => `mailfw ${verb} fleet.yaml --limit ${names.join(',')}`,
    byHandCommand: (verb, host, attempt) => `mailfw ${verb} fleet.yaml ${host} ${attempt}`,
  })
  const run = ended(hosts)
  reporter.event({
    event: 'run',
    ...run,
    hosts: hosts.length,
    inventory: 'inventory.yaml',
    by: 'alice@laptop',
  })
  for (const host of hosts) reporter.event({ event: 'host', ...host })
  reporter.finish(run)
  return stdout.text()
}

describe('the text of a status', () => {
  it('has what needs attention first, and the commands that decide it', async () => {
    await expect(await text(FLEET)).toMatchFileSnapshot('../cases/report/status.txt')
  })

  it('says of a single host that is as wanted who made it so', async () => {
    const host = result('mx1', 'unchanged', { generation: GENERATION })
    await expect(await text([host])).toMatchFileSnapshot('../cases/report/status-one-host.txt')
  })

  it('lets nothing from a host reach the terminal unescaped', async () => {
    const escape = '\u001b[31mred\u0007\u202e'
    const hostile = result('mx1', 'would-change', {
      generation: { n: 1, at: escape, by: escape },
      pending: { id: escape, secondsLeft: 1 },
      reverted: { id: escape, at: escape, log: `${escape}\n${escape}` },
      unfinished: { id: escape },
    })
    for (const hosts of [[hostile], [{ ...hostile, pending: { id: 'x', secondsLeft: 1 } }]])
      expect(await text(hosts)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    let json = ''
    createJsonReporter({ diff: false, write: (chunk) => (json += chunk) }).finish(ended([hostile]))
    expect(json).not.toMatch(/[\u0007\u001b\u009b\u202e]/)
  })
})

describe('the document of a status', () => {
  it('has what is known of attempts and generations, in documented keys', async () => {
    let json = ''
    const hosts = FLEET.filter(({ host }) => ['mx1', 'waits', 'reverted', 'died'].includes(host))
    createJsonReporter({ diff: false, write: (chunk) => (json += chunk) }).finish(ended(hosts))
    await expect(json).toMatchFileSnapshot('../cases/report/status.json')
  })
})

describe('the exit code of a status', () => {
  it.each([
    ['mx1', 0],
    ['waits', 3],
    ['guardless', 3],
    ['reverted', 3],
    ['died', 3],
    ['drifted', 3],
    ['off', 4],
    ['stuck', 6],
  ])('for %s is %i', (name, code) => {
    const hosts = FLEET.filter(({ host }) => host === name)
    expect(exitCode(hosts, { strict: false, command: 'check' })).toBe(code)
  })

  it('is 3 for a host that is as wanted after a revert or a death', () => {
    for (const more of [{ reverted: { id: 'a', at: 'T', log: '' } }, { unfinished: { id: 'a' } }])
      expect(exitCode([result('mx1', 'unchanged', more)], { strict: false, command: 'check' })).toBe(3)
  })
})

describe('the exit code of a revert', () => {
  it('is 0 where it was asked for by hand, and 5 where nobody wanted it', () => {
    const exit = (code: HostResult['code'], command: RunCommand) =>
      exitCode([result('mx1', 'reverted', { code })], { strict: false, command })
    expect([exit('by-hand', 'revert'), exit('guard-reverted', 'revert')]).toEqual([0, 5])
    expect([exit('by-hand', 'deploy'), exit('by-hand', 'confirm')]).toEqual([5, 5])
  })
})
