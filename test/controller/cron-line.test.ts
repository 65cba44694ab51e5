import { describe, expect, it } from 'vitest'
import { cronFields, cronLine } from '../../src/controller/cron-line.ts'

describe('a crontab', () => {
  it.each([
    ['hourly', '0 * * * *'],
    ['Hourly', '0 * * * *'],
    ['minutely', '* * * * *'],
    ['daily', '0 0 * * *'],
    ['weekly', '0 0 * * 1'],
    ['monthly', '0 0 1 * *'],
    ['yearly', '0 0 1 1 *'],
    ['quarterly', '0 0 1 1,4,7,10 *'],
    ['semiannually', '0 0 1 1,7 *'],
    ['*:0/15', '*/15 * * * *'],
    ['*:*/15', '*/15 * * * *'],
    ['*:5/15', '5-59/15 * * * *'],
    ['*:10..50/20', '10-50/20 * * * *'],
    ['04:00', '0 4 * * *'],
    ['4:07:00', '7 4 * * *'],
    ['Mon..Fri 04:30', '30 4 * * 1-5'],
    ['Fri..Sun 04:30', '30 4 * * 5-7'],
    ['sat,Sunday 0/6:00', '0 */6 * * 6,0'],
    ['Mon', '0 0 * * 1'],
    ['*-*-1,15 02:00', '0 2 1,15 * *'],
    ['06-01', '0 0 1 6 *'],
    ['Mon *-*-* 00:00:00', '0 0 * * 1'],
  ])('says %s as %s', (specification, fields) => {
    expect(cronFields(specification)).toBe(fields)
  })

  it.each([
    ...['', 'nope', '*:0/15:30', '2026-01-01', '*-*~1', 'Mon *-*-1', '04:00 UTC', '*-*-*/2', '*-*-1/2 25:00'],
    ...[
      'Sat..Mon',
      '*:60',
      '*:30..10',
      '24:00',
      '*-13-01',
      '*-*-0',
      '*:0/0',
      '*:5/0',
      'Mon..Wed..Fri',
      '*/3..5:00',
    ],
  ])('has no words for %j', (specification) => {
    expect(cronFields(specification)).toBeUndefined()
  })

  it('gets no command that ends at a percent sign', () => {
    expect(cronLine('0 * * * *', "mailfw '50% off'")).toBe("0 * * * * mailfw '50\\% off'")
  })
})
