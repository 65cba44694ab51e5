import { describe, expect, it } from 'vitest'
import { delaySeconds, readCalendar } from '../../src/controller/calendar.ts'
import { createSystemd } from '../../src/controller/systemd.ts'

const read = (specification: string, zone = 'UTC') =>
  readCalendar(specification, createSystemd('system', { ...process.env, TZ: zone }))

describe('a calendar specification', () => {
  it.each([
    ['hourly', 3_600],
    ['daily', 86_400],
    ['*:0/15', 900],
    ['*:*:0/10', 10],
  ])('tells from run to run: %s', async (specification, seconds) => {
    expect(await read(specification)).toMatchObject({ intervalSeconds: seconds })
    expect(await read(specification, 'Asia/Kathmandu')).toMatchObject({ intervalSeconds: seconds })
  })

  it('tells when it comes next, in the time of this machine', async () => {
    const { next } = await read('2099-07-01 12:00', 'Europe/Berlin')
    expect(next).toBe('Wed 2099-07-01 12:00:00 CEST')
    expect(await read('2099-07-01 12:00')).not.toHaveProperty('intervalSeconds')
  })

  it.each(['', 'nope', 'hourly\n', '--help', '25:00', '%h'])(
    'is refused in the words of systemd: %j',
    (specification) => expect(read(specification)).rejects.toThrow(/calendar specification/),
  )

  it('is refused where it never comes again', () =>
    expect(read('2020-01-01')).rejects.toThrow('"2020-01-01" never comes again'))

  it('is kept within a tenth of its interval, and within a quarter of an hour', () => {
    const delays = [10, 900, 3_600, 86_400, undefined].map((seconds) =>
      delaySeconds({ next: '', ...(seconds !== undefined && { intervalSeconds: seconds }) }),
    )
    expect(delays).toEqual([1, 90, 360, 900, 900])
  })
})
