import { describe, expect, it } from 'vitest'
import type { HostResult } from '../../src/model/outcome.ts'
import { createJsonReporter } from '../../src/report/json.ts'
import { createJsonlReporter } from '../../src/report/jsonl.ts'
import type { RunDocument } from '../../src/report/reporter.ts'
import { drifted, result } from './samples.ts'

const HEAD = {
  format: 1,
  mailfw: '1.0.0',
  command: 'check',
  run: 'c0ffee',
  started: '2026-11-22T14:02:30.000Z',
} as const

function documentOf(hosts: readonly HostResult[]): RunDocument {
  return { ...HEAD, seconds: 1.2, exit: 3, summary: { 'would-change': 1 }, hosts }
}

function json(hosts: readonly HostResult[], diff: boolean): string {
  let text = ''
  const write = (chunk: string): void => {
    text += chunk
  }
  createJsonReporter({ write, diff }).finish(documentOf(hosts))
  return text
}

const HOST = drifted('mx1', {
  address: '192.0.2.1',
  port: 22,
  seconds: 0.3333333,
  findings: [{ code: 'no-boot-loader', severity: 'warning', message: 'Nothing loads it.', fix: 'apt' }],
})

describe('json', () => {
  it('is one document with the documented keys in their order', async () => {
    await expect(json([HOST], true)).toMatchFileSnapshot('../cases/report/check.json')
  })

  it('has differences always, and as text where --diff asks for it', () => {
    expect(json([HOST], false)).not.toContain('"diff"')
    expect(json([HOST], false)).toContain('"differences"')
    expect(json([HOST], true)).toContain('"diff"')
  })

  it('tells a family that is off from a host that was never reached', () => {
    const hosts = [result('mx1', 'unchanged', { families: { v6: null } }), result('mx2', 'unreachable')]
    const written = JSON.parse(json(hosts, false)) as RunDocument
    expect(written.hosts.map((host) => host.families)).toEqual([{ v6: null }, {}])
  })

  it('has nothing from a host in it that a terminal would obey', () => {
    const hostile = 'a\u001b]0;x\u0007\u009b\u202e'
    const text = json(
      [
        result('mx1', 'failed', {
          message: hostile,
          fingerprint: hostile,
          families: {
            v4: {
              savedPath: hostile,
              differences: [{ in: 'live', table: hostile, line: hostile, cause: 'host' }],
            },
          },
        }),
      ],
      true,
    )
    expect(text).not.toMatch(/[\u0007\u001b\u009b\u202e]/)
    expect(JSON.parse(text)).toMatchObject({ hosts: [{ message: 'a\\x1b]0;x\\x07\\x9b\\u{202e}' }] })
  })
})

describe('jsonl', () => {
  it('writes an event a line as it happens, the end last', () => {
    const lines: string[] = []
    const reporter = createJsonlReporter({ write: (text) => lines.push(text), diff: false })
    reporter.event({ event: 'run', ...HEAD, hosts: 1, inventory: 'inventory.yaml', by: 'alice@laptop' })
    reporter.event({ event: 'step', host: 'mx1', step: 'examine', at: HEAD.started })
    expect(lines).toHaveLength(2)
    reporter.event({ event: 'host', ...HOST })
    reporter.finish(documentOf([HOST]))
    expect(lines.every((line) => /^\{.*\}\n$/.test(line))).toBe(true)
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events.map((event) => event['event'])).toEqual(['run', 'step', 'host', 'end'])
    expect(events[2]).toMatchObject({ host: 'mx1', outcome: 'would-change', seconds: 0.333 })
    expect(events[3]).toEqual({ event: 'end', summary: { 'would-change': 1 }, exit: 3, seconds: 1.2 })
  })
})
