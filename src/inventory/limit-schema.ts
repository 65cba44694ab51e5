import type { Limit, RatePeriod } from '../model/service.ts'
import { closedMap, parsedText, wholeNumber } from './schema-parts.ts'

// hashlimit's own bounds (libxt_hashlimit): at most a million a second, a burst of at most a million.
const MOST = 1_000_000
/** The kernel counts credits that overflow where a spent burst needs more than a day to come back. */
const LONGEST_REFILL_SECONDS = 86_400

const SECONDS: Readonly<Record<RatePeriod, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 }
const SPELLINGS: Readonly<Record<string, RatePeriod>> = {
  second: 'second',
  sec: 'second',
  s: 'second',
  minute: 'minute',
  min: 'minute',
  m: 'minute',
  hour: 'hour',
  h: 'hour',
  day: 'day',
  d: 'day',
}

/** `{ rate: 30/minute, burst: 60 }`; the burst defaults to the rate's number. */
export function limitSchema() {
  return closedMap({ rate: rateSchema(), burst: wholeNumber(1, MOST).nullish() }).transform(
    (value, context): Limit => {
      const limit = { ...value.rate, burst: value.burst ?? value.rate.count }
      const mostBurst = Math.floor((LONGEST_REFILL_SECONDS * limit.count) / SECONDS[limit.per])
      if (limit.burst > mostBurst) {
        context.issues.push({
          code: 'custom',
          input: limit.burst,
          path: ['burst'],
          message: `expected a burst of at most ${mostBurst}, which this rate gives back within a day, got ${limit.burst}`,
        })
      }
      return limit
    },
  )
}

function rateSchema() {
  return parsedText('a rate such as 30/minute (second, minute, hour or day)', parseRate)
}

function parseRate(text: string): Pick<Limit, 'count' | 'per'> | undefined {
  const [, digits = '', word = ''] = /^([1-9][0-9]{0,6})\/([a-z]+)$/.exec(text) ?? []
  const per = Object.hasOwn(SPELLINGS, word) ? SPELLINGS[word] : undefined
  const count = Number(digits)
  return per === undefined || count > MOST ? undefined : { count, per }
}
