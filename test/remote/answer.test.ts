import { describe, expect, it } from 'vitest'
import { ANSWER_BYTES, AnswerReader, field } from '../../src/remote/answer.ts'

const read = (...chunks: readonly (string | Buffer)[]) => {
  const reader = new AnswerReader('n0nce')
  const states = chunks.map((chunk) => reader.push(Buffer.from(chunk)))
  return { reader, states }
}
const parse = (reader: AnswerReader) => {
  const answer = reader.parse()
  if (answer === undefined) throw new Error('Expected an answer of ours')
  return answer
}

describe('an answer', () => {
  it('is whole with its end marker only, however it is cut', () => {
    const text = 'n0nce one 1\nn0nce text two\na\n\nb\nn0nce end\n'
    for (let cut = 1; cut < text.length; cut++) {
      const { reader, states } = read(text.slice(0, cut), text.slice(cut))
      expect(states).toEqual(['more', 'whole'])
      expect(field(parse(reader), 'one')).toEqual(['1'])
      expect(parse(reader).texts.get('two')).toBe('a\n\nb')
    }
  })

  it('begins behind what others printed, with or without a newline', () => {
    for (const noise of ['Last login\n', 'welcome: ', 'n0nc', '\n\n']) {
      const { reader } = read(`${noise}n0nce one 1\nn0nce end\n`)
      expect(field(parse(reader), 'one')).toEqual(['1'])
    }
  })

  it('keeps characters whole that two chunks share', () => {
    const bytes = Buffer.from('n0nce text t\nü漢🙂\nn0nce end\n')
    for (let cut = 1; cut < bytes.length; cut++) {
      const { reader } = read(bytes.subarray(0, cut), bytes.subarray(cut))
      expect(parse(reader).texts.get('t')).toBe('ü漢🙂')
    }
  })

  it('takes nothing for its end that only looks like it', () => {
    expect(read('n0nce text t\n other end\nn0nce ended\n n0nce-end\n').states).toEqual(['more'])
  })

  it('ends at its end, whatever comes in the same breath', () => {
    const { reader } = read('n0nce one 1\nn0nce end\nn0nce two 2\nn0nce end\n')
    expect(parse(reader).lines).toEqual([['one', '1'], ['end']])
  })

  it.each(['n0nce text t\na\0b\nn0nce end\n', 'n0nce text t\na\nn0nce text t\nb\nn0nce end\n'])(
    'is none of ours with what our program never says: %j',
    (text) => {
      expect(read(text).reader.parse()).toBeUndefined()
    },
  )

  it('has a bound', () => {
    const reader = new AnswerReader('n0nce')
    const start = reader.push(Buffer.from('n0nce text t\n'))
    expect([start, reader.push(Buffer.alloc(ANSWER_BYTES))]).toEqual(['more', 'too-long'])
  })
})
