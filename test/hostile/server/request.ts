/** What one call asks of a host, read from its archive. */
export interface Request {
  readonly verb: string
  readonly nonce: string
  /** A value of the request; empty where it has none of that name. */
  readonly value: (key: string) => string
  /** A text that came as `input_NAME`. */
  readonly text: (name: string) => string
}

/** Whether a chunk is the last of an archive. */
export function isEnd(chunk: Buffer): boolean {
  return chunk.subarray(-14).toString().endsWith('/dev/null; }\n')
}

export function readRequest(archive: string): Request {
  const verb = /^\{ mailfw (\w+) <\/dev\/null; \}\n/m.exec(archive)?.[1] ?? ''
  const values = inputText(archive, 'request')
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(values)?.[1] ?? ''
  return { verb, nonce: value('nonce'), value, text: (name) => inputText(archive, name) }
}

function inputText(archive: string, name: string): string {
  const pattern = new RegExp(`^input_${name}\\(\\) \\{\\n"\\$@" <<'([0-9a-f]+)'\\n([\\s\\S]*?)^\\1\\n`, 'm')
  return pattern.exec(archive)?.[2] ?? ''
}
