import type { Duplex } from 'node:stream'
import type { Manners } from './manners.ts'

/** More than any server says before it is spoken to. */
const MOST_BYTES = 4_096

/**
 * Reads the greeting of a server. `begun` is called when its first line is one that its protocol has. Resolves when
 * nothing more is read: to whether the greeting has ended, so that it is our turn. Never rejects.
 */
export function readGreeting(stream: Duplex, manners: Manners, begun: () => void): Promise<boolean> {
  const { asks, greets, ends = /^/ } = manners
  return new Promise((resolve) => {
    let said = ''
    const stop = (isWhole: boolean): void => {
      stream.off('data', listen).pause()
      resolve(isWhole)
    }
    const listen = (chunk: Buffer): void => {
      said += chunk.toString('latin1')
      const [first, ...more] = said.split(/\r?\n/).slice(0, -1)
      if (first !== undefined && !greets.test(first)) {
        stop(false)
        return
      }
      if (first !== undefined) begun()
      if (first !== undefined && [first, ...more].some((line) => ends.test(line))) stop(true)
      else if (said.length > MOST_BYTES) stop(false)
    }
    const gone = (): void => {
      stop(false)
    }
    stream.on('data', listen).on('end', gone).on('close', gone).on('error', gone)
    if (asks !== undefined) stream.write(asks)
  })
}
