import type { Duplex } from 'node:stream'

/** For its farewell; a server that says more, or takes longer, is left all the same. */
const FAREWELL_BYTES = 16_384
const FAREWELL_MS = 2_000

/** Says goodbye in the words of the protocol and waits until the server has ended the line, in bounds. Never rejects. */
export function leave(stream: Duplex, words: string | undefined): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0
    const end = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(end, FAREWELL_MS)
    stream.on('close', end).on('end', end)
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > FAREWELL_BYTES) end()
    })
    if (stream.destroyed) end()
    else if (words !== undefined) stream.write(words)
    stream.resume()
  })
}
