import { describe, expect, it } from 'vitest'
import { reusedLimitNames } from '../../src/ruleset/limits.ts'

const LIMIT = '-p tcp -m tcp --dport 993 -m hashlimit --hashlimit-upto 30/min --hashlimit-burst 60'

const filter = (...rules: string[]) =>
  `*filter\n${rules.map((rule) => `-A INPUT ${rule}\n`).join('')}COMMIT\n`

const named = (name: string, limit = LIMIT, mode = 'srcip') =>
  `${limit} --hashlimit-mode ${mode} --hashlimit-name ${name} -j ACCEPT`

describe('the name of a limit', () => {
  it('may stay where its parameters stay, whatever else changes', () => {
    const other = named('imaps').replace('993', '143').replace('ACCEPT', 'RETURN')
    expect(reusedLimitNames(filter(named('imaps')), filter(other))).toEqual([])
  })

  it('may be used above the rate in one rule and up to it in another', () => {
    const above = named('imaps').replace('upto', 'above')
    expect(reusedLimitNames(filter(named('imaps')), filter(above, named('imaps')))).toEqual([])
  })

  it.each([
    ['rate', named('imaps').replace('30/min', '60/min')],
    ['burst', named('imaps').replace('60', '61')],
    ['mode', named('imaps', LIMIT, 'srcip,dstport')],
    ['mask', named('imaps').replace('--hashlimit-name', '--hashlimit-srcmask 24 --hashlimit-name')],
  ])('must change with its %s', (_what, rule) => {
    expect(reusedLimitNames(filter(named('imaps')), filter(rule))).toEqual(['imaps'])
  })

  it('is one over all chains and tables of the live rules', () => {
    const live = `*mangle\n:old - [0:0]\n-A old ${named('imaps', LIMIT.replace('30', '10'))}\nCOMMIT\n`
    expect(reusedLimitNames(live, filter(named('imaps')))).toEqual(['imaps'])
  })

  it('is not used with two kinds of parameters by wanted itself', () => {
    const rules = filter(
      named('b'),
      named('b', LIMIT.replace('60', '9')),
      named('a'),
      named('a', LIMIT.replace('60', '9')),
    )
    expect(reusedLimitNames('', rules)).toEqual(['a', 'b'])
  })

  it('is not read from a comment', () => {
    const comment = `-m comment --comment "-m hashlimit --hashlimit-upto 1/sec --hashlimit-name imaps" -j ACCEPT`
    expect(reusedLimitNames(filter(named('imaps')), filter(comment))).toEqual([])
  })
})
