import { closeSync, openSync, readSync } from 'node:fs'
import { failure, isSystemError } from './failure.ts'

const MOST_BYTES = 16 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024

/** Reads a UTF-8 text of at most 16 MiB, also from a pipe. Throws InputError where it cannot be read or is no text. */
export function readTextFile(file: string): string {
  const bytes = readBytes(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw failure({ file, message: 'expected text in UTF-8, got other bytes' }, cause)
  }
}

function readBytes(file: string): Buffer {
  try {
    const descriptor = openSync(file, 'r')
    try {
      return readBounded(file, descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw isSystemError(error) ? failure({ file, message: unreadable(error.code) }, error) : error
  }
}

function readBounded(file: string, descriptor: number): Buffer {
  const chunks: Buffer[] = []
  let total = 0
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const count = readSync(descriptor, chunk)
    if (count === 0) return Buffer.concat(chunks, total)
    chunks.push(chunk.subarray(0, count))
    total += count
    if (total > MOST_BYTES) {
      throw failure({ file, message: `expected at most ${MOST_BYTES / 1024 / 1024} MiB, got more` })
    }
  }
}

function unreadable(code: string): string {
  switch (code) {
    case 'ENOENT':
      return 'expected a file, got nothing of that name'
    case 'EISDIR':
      return 'expected a file, got a directory'
    case 'EACCES':
    case 'EPERM':
      return 'expected a file that can be read, got no permission'
    default:
      return `expected a file that can be read, got ${code}`
  }
}
