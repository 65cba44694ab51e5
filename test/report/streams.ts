import { Writable } from 'node:stream'
import type { OutputStream } from '../../src/report/output.ts'

/** A stream that keeps what is written to it; a terminal where it is given columns. */
export function createStream(columns?: number): OutputStream & { readonly text: () => string } {
  const chunks: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk))
      done()
    },
  })
  return Object.assign(stream, {
    ...(columns !== undefined && { isTTY: true, columns, rows: 40 }),
    text: () => chunks.join(''),
  })
}
