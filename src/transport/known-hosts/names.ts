import { createHmac, randomBytes } from 'node:crypto'
import type { Names } from './parse.ts'

/** Whether a line of known_hosts is about a host; the name is in lower case, `[name]:port` where the port is not 22. */
export function namesHost(names: Names, name: string): boolean {
  if (names.kind === 'hashed') return digest(names.salt, name).equals(names.digest)
  const { patterns } = names
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1), name))) return false
  return patterns.some((pattern) => fits(pattern, name))
}

/** `|1|salt|digest`, what stands in a file instead of a readable name. */
export function hashName(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${digest(salt, name).toString('base64')}`
}

function digest(salt: Buffer, name: string): Buffer {
  return createHmac('sha1', salt).update(name).digest()
}

function fits(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name
  const source = pattern.replace(
    /[.*+?^${}()|[\]\\]/g,
    (character) => WILDCARDS[character] ?? `\\${character}`,
  )
  return new RegExp(`^${source}$`).test(name)
}

const WILDCARDS: Readonly<Record<string, string>> = { '*': '.*', '?': '.' }
