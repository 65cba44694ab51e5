import type { Stats } from 'node:fs'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { isSystemError } from '../lib/system-error.ts'
import { failure } from './failure.ts'
import { notUtf8 } from './yaml/not-utf-8.ts'

const MEBIBYTE = 1024 * 1024
/** A fleet of thousands of hosts. A parsed text takes a hundred times its size where all of it is lists and maps. */
const MOST_BYTES = 4 * MEBIBYTE
const CHUNK_BYTES = 64 * 1024

/** Reads a UTF-8 text of at most 4 MiB, also from a pipe such as `<(program)`. Throws InputError where it cannot be read or is no text. */
export function readTextFile(file: string): string {
  const bytes = readBytes(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw failure({ file, ...notUtf8(bytes) }, cause)
  }
}

function readBytes(file: string): Buffer {
  try {
    refuseEndless(file, statSync(file))
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

/** What may never have an end, or wait for ever for somebody who writes. */
function refuseEndless(file: string, status: Stats): void {
  const kind = endlessKind(file, status)
  if (kind !== undefined) throw failure({ file, message: `expected a file, got ${kind}` })
}

function endlessKind(file: string, status: Stats): string | undefined {
  if (status.isSocket()) return 'a socket'
  if (status.isCharacterDevice() || status.isBlockDevice()) return 'a device'
  const hasWriter = /^\/(?:dev|proc)\//.test(file)
  return status.isFIFO() && !hasWriter ? 'a named pipe' : undefined
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
      throw failure({ file, message: `expected at most ${MOST_BYTES / MEBIBYTE} MiB, got more` })
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
