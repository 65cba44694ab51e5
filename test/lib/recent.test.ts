import { expect, test } from 'vitest'
import { rememberFor, rememberRecent, rememberSome } from '../../src/lib/recent.ts'

/** A function, and what it was called with. */
function counted(): { readonly called: string[]; readonly compute: (text: string) => object } {
  const called: string[] = []
  return {
    called,
    compute: (text) => {
      called.push(text)
      if (text === 'bad') throw new Error('no')
      return { text }
    },
  }
}

test('the last answers are known, the one that was asked for longest ago is forgotten first', () => {
  const { called, compute } = counted()
  const remembered = rememberRecent(compute, 2)
  for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) expect(remembered(text)).toEqual({ text })
  expect(called).toEqual(['a', 'b', 'c', 'b'])
})

test('the first answers are known', () => {
  const { called, compute } = counted()
  const remembered = rememberSome(compute, 1)
  for (const text of ['a', 'b', 'a', 'b']) expect(remembered(text)).toEqual({ text })
  expect(called).toEqual(['a', 'b', 'b'])
})

test('an answer belongs to its object, not to one that looks the same', () => {
  const remembered = rememberFor((key: { readonly name: string }) => ({ of: key }))
  const [one, other] = [{ name: 'a' }, { name: 'a' }]
  expect(remembered(one).of).toBe(one)
  expect(remembered(other).of).toBe(other)
  expect(remembered(one)).toBe(remembered(one))
})

test('what is thrown is thrown again', () => {
  const { called, compute } = counted()
  const remembered = rememberRecent(compute, 2)
  for (const text of ['bad', 'bad']) expect(() => remembered(text)).toThrow('no')
  expect(called).toEqual(['bad', 'bad'])
})
