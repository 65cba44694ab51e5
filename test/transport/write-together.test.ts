import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { writeTogether } from '../../src/transport/line/write-together.ts'

/** A stream that keeps each piece that leaves it. */
function piecesOf(): { readonly stream: Duplex; readonly pieces: string[] } {
  const pieces: string[] = []
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk.toString())
      done()
    },
    writev(chunks, done) {
      pieces.push(chunks.map(({ chunk }: { chunk: Buffer }) => chunk.toString()).join(''))
      done()
    },
  })
  writeTogether(stream)
  return { stream, pieces }
}

test('what is written at one go leaves as one piece, in order', async () => {
  const { stream, pieces } = piecesOf()
  for (const part of ['length ', 'body ', 'tag']) stream.write(part)
  expect(pieces).toEqual([])
  await Promise.resolve()
  expect(pieces).toEqual(['length body tag'])
  stream.write('more')
  await Promise.resolve()
  expect(pieces).toEqual(['length body tag', 'more'])
})

test('an end keeps nothing back', async () => {
  const { stream, pieces } = piecesOf()
  stream.write('goodbye')
  stream.end()
  await once(stream, 'finish')
  expect(pieces).toEqual(['goodbye'])
})
