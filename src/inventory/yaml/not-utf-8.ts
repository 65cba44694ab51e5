import type { Problem } from '../../lib/input-error.ts'

const CUT = new TextDecoder('utf-8', { fatal: true })

/** Where bytes are no UTF-8 any more, and what they are instead. */
export function notUtf8(bytes: Buffer): Omit<Problem, 'file'> {
  const encrypted = ENCRYPTED.find(([head]) => bytes.subarray(0, head.length).toString('latin1') === head)
  if (encrypted !== undefined) return { line: 1, message: `expected text in UTF-8, got ${encrypted[1]}` }
  const start = bytes.subarray(0, 2).toString('hex')
  if (start === 'fffe' || start === 'feff')
    return { line: 1, message: 'expected text in UTF-8, got UTF-16; iconv -f utf-16 -t utf-8 converts it' }
  const at = firstWrong(bytes)
  const before = bytes.subarray(0, at)
  const lineStart = before.lastIndexOf('\n') + 1
  const found = `0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`
  return {
    line: before.toString('latin1').split('\n').length,
    column: before.subarray(lineStart).toString('utf8').length + 1,
    message: `expected text in UTF-8, got the byte ${found}; if the file is Latin-1, iconv -f latin1 -t utf-8 converts it`,
  }
}

const ENCRYPTED = [
  ['\0GITCRYPT\0', 'a file that git-crypt encrypted; git-crypt unlock decrypts it'],
  ['\x28\xb5\x2f\xfd', 'a file that zstd compressed'],
  ['\x1f\x8b', 'a file that gzip compressed'],
] as const

/** The first wrong line, and by bisection the byte in it. */
function firstWrong(bytes: Buffer): number {
  let start = 0
  for (;;) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline + 1
    if (!isUtf8(bytes.subarray(start, end))) return start + wrongIn(bytes.subarray(start, end))
    if (newline === -1) return bytes.length
    start = end
  }
}

function wrongIn(line: Buffer): number {
  let low = 0
  let high = line.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (isUtf8(line.subarray(0, middle), true)) low = middle
    else high = middle
  }
  return low
}

/** `mayBeCut`: the last character may lack its end. */
function isUtf8(bytes: Buffer, mayBeCut = false): boolean {
  try {
    const decoder = mayBeCut ? new TextDecoder('utf-8', { fatal: true }) : CUT
    decoder.decode(bytes, { stream: mayBeCut })
    return true
  } catch {
    return false
  }
}
