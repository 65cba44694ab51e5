import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The verbs of host.sh that a controller calls. */
export type Verb =
  | 'examine'
  | 'apply'
  | 'confirm'
  | 'revert'
  | 'cancel'
  | 'recover'
  | 'status'
  | 'history'
  | 'listeners'
  | 'sessions'

/** What one call sends: short values, a line each, and whole texts. No value holds a newline; a key may stand more than once. */
export interface Request {
  readonly values: readonly (readonly [key: string, value: string])[]
  /** Each is one `input_NAME`. */
  readonly texts?: Readonly<Record<string, string>>
  /** Files by name, which host.sh unpacks from the one `input_files`. */
  readonly files?: Readonly<Record<string, string>>
}

/**
 * The text that a remote `sh -s` reads; `nonce` marks the lines of the answer and the files. All of it is one function that the last line calls, itself in braces, so that an
 * upload cut short anywhere is a syntax error and runs nothing. The program and every value are here-documents, never words of a command.
 */
export function makeArchive(verb: Verb, nonce: string, request: Request): Buffer {
  const delimiter = randomBytes(16).toString('hex')
  const values = [['nonce', nonce] as const, ...request.values]
    .map(([key, value]) => `${key}=${oneLine(value)}\n`)
    .join('')
  const files = Object.entries(request.files ?? {})
    .map(([name, text]) => `${nonce} ${name}\n${ended(text)}`)
    .join('')
  const inputs = Object.entries({ request: values, files, ...request.texts })
  const functions = inputs.map(([name, text]) => hereDocument(name, text, delimiter)).join('')
  return Buffer.concat([
    Buffer.from(`mailfw() {\n${beginning('program', delimiter)}`),
    program(),
    Buffer.from(
      `${end(delimiter)}${functions}TMPDIR=/run\nprogram=$(input_program cat)\neval "$program"\n}\n{ mailfw ${verb} </dev/null; }\n`,
    ),
  ])
}

let cachedProgram: Buffer | undefined

/**
 * host.sh as it lies beside this file, in `src` and in `dist` alike, without comments and indentation: the host gives it to
 * another shell as one argument, and those end at 128 KiB. No text in it has a line that begins with `#` or spaces.
 */
export function program(): Buffer {
  cachedProgram ??= Buffer.from(
    readFileSync(new URL('host.sh', import.meta.url), 'utf8').replace(/^[ \t]*(?:#.*\n|\n)?/gm, ''),
  )
  return cachedProgram
}

function hereDocument(name: string, text: string, delimiter: string): string {
  if (text.includes('\0')) throw new Error(`input ${name} holds a NUL`)
  return `${beginning(name, delimiter)}${ended(text)}${end(delimiter)}`
}

function beginning(name: string, delimiter: string): string {
  return `input_${name}() {\n"$@" <<'${delimiter}'\n`
}

function end(delimiter: string): string {
  return `${delimiter}\n}\n`
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function oneLine(value: string): string {
  if (/[\r\n\0]/.test(value)) throw new Error('a value of a request holds a newline')
  return value
}
