import { describe, expect, it } from 'vitest'
import { createOutput } from '../../src/report/output.ts'
import { createStream } from './streams.ts'

describe('colours', () => {
  const cases = [
    ['a terminal has them', 80, {}, 'auto', true],
    ['a pipe has none', undefined, {}, 'auto', false],
    ['a pipe has none in CI either', undefined, { CI: 'true' }, 'auto', false],
    ['NO_COLOR takes them away', 80, { NO_COLOR: '1' }, 'auto', false],
    ['an empty NO_COLOR says nothing', 80, { NO_COLOR: '' }, 'auto', true],
    ['FORCE_COLOR brings them into a pipe', undefined, { FORCE_COLOR: '1' }, 'auto', true],
    ['FORCE_COLOR=0 takes them away', 80, { FORCE_COLOR: '0' }, 'auto', false],
    ['a dumb terminal has none', 80, { TERM: 'dumb' }, 'auto', false],
    ['--color=always wins over NO_COLOR', undefined, { NO_COLOR: '1' }, 'always', true],
    ['--color=never wins over FORCE_COLOR', 80, { FORCE_COLOR: '1' }, 'never', false],
  ] as const
  for (const [title, columns, env, mode, coloured] of cases) {
    it(title, () => {
      const output = createOutput(createStream(columns), env, mode)
      expect(output.colours.red('x')).toBe(coloured ? '\u001b[31mx\u001b[39m' : 'x')
    })
  }
})
