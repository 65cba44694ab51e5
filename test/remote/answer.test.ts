import { describe, expect, it } from 'vitest'
import { ANSWER_BYTES, AnswerReader, field } from '../../src/remote/answer.ts'

const read = (...chunks: readonly (string | Buffer)[]) => {
  const reader = new AnswerReader('n0nce')
  const states = chunks.map((chunk) => reader.push(Buffer.from(chunk)))
  return { reader, states }
}

describe('an answer', () => {
  it('is whole with its end marker only, however it is cut', () => {
    const text = 'n0nce one 1\nn0nce text two\na\n\nb\nn0nce end\n'
    for (let cut = 1; cut < text.length; cut++) {
      const { reader, states } = read(text.slice(0, cut), text.slice(cut))
      expect(states).toEqual(['more', 'whole'])
      expect(field(reader.parse(), 'one')).toEqual(['1'])
      expect(reader.parse().texts.get('two')).toBe('a\n\nb')
    }
  })

  it('begins behind what others printed, with or without a newline', () => {
    for (const noise of ['Last login\n', 'welcome: ', 'n0nc', '\n\n']) {
      const { reader } = read(`${noise}n0nce one 1\nn0nce end\n`)
      expect(field(reader.parse(), 'one')).toEqual(['1'])
    }
  })

  it('keeps characters whole that two chunks share', () => {
    const bytes = Buffer.from('n0nce text t\nü漢🙂\nn0nce end\n')
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(read(bytes.subarray(0, cut), bytes.subarray(cut)).reader.parse().texts.get('t')).toBe('ü漢🙂')
    }
  })

  it('takes nothing for its end that only looks like it', () => {
    expect(read('n0nce text t\n other end\nn0nce ended\n n0nce-end\n').states).toEqual(['more'])
  })

  it('has a bound', () => {
    const reader = new AnswerReader('n0nce')
    const start = reader.push(Buffer.from('n0nce text t\n'))
    expect([start, reader.push(Buffer.alloc(ANSWER_BYTES))]).toEqual(['more', 'too-long'])
  })
})
