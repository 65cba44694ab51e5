import type { Duplex } from 'node:stream'

/**
 * Sends what is written at one go as one piece: ssh2 writes the length, the body and the tag of each packet by themselves,
 * and each write costs a call of the kernel, a packet on the wire, and the server's waking up.
 */
export function writeTogether(stream: Duplex): void {
  let isHeld = false
  const release = (): void => {
    isHeld = false
    stream.uncork()
  }
  const hold = (): void => {
    if (isHeld) return
    isHeld = true
    stream.cork()
    queueMicrotask(release)
  }
  const write = stream.write.bind(stream) as (...words: unknown[]) => boolean
  Object.assign(stream, {
    write(...words: unknown[]): boolean {
      hold()
      return write(...words)
    },
  })
}
