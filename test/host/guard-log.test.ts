import { describe, expect, it } from 'vitest'
import { guardLog } from '../../src/host/guard-log.ts'

const atUptime = (uptime: number): string => new Date(uptime * 1_000).toISOString()

describe('the log of a guard', () => {
  it('has times in place of the uptimes that the host wrote', () => {
    expect(guardLog('60 applied\n120 nobody confirmed until the deadline', atUptime)).toEqual({
      text: '1970-01-01T00:01:00.000Z applied\n1970-01-01T00:02:00.000Z nobody confirmed until the deadline',
      last: 120,
    })
  })

  it('keeps lines that a program said below its own', () => {
    const { text, last } = guardLog('7 v4 inverse: it said\n  and more\n', atUptime)
    expect(text).toBe('1970-01-01T00:00:07.000Z v4 inverse: it said\n  and more')
    expect(last).toBe(7)
  })

  it('is empty, without a time, where the disk was full', () => {
    expect(guardLog('', atUptime)).toEqual({ text: '' })
  })

  it('stays short when the guard repeats itself, and keeps its first and last words', () => {
    const lines = Array.from({ length: 500 }, (_, index) => `${index} round ${index}`)
    const { text, last } = guardLog(lines.join('\n'), atUptime)
    expect(text.split('\n')).toHaveLength(11)
    expect(text).toMatch(/^\S+ round 0\n/)
    expect(text).toContain('\n… 490 lines left out …\n')
    expect(text).toMatch(/ round 499$/)
    expect(last).toBe(499)
  })

  it('is bounded, whatever a host writes', () => {
    const { text } = guardLog(`1 ${'x'.repeat(100_000)}\n99999999999999999999 y`, atUptime)
    expect(text.length).toBeLessThan(1_000)
  })
})
