import { printable } from '../lib/printable.ts'
import { Opaque } from './opaque.ts'
import { isMap } from './value-tree.ts'

/** A value for the end of a message: `"ssh"`, `70000`, `a list`, `a {{ … }} template, which only Ansible can read`. */
export function shown(value: unknown): string {
  if (value instanceof Opaque) return `${value.description()}, which only ${value.reader()} can read`
  if (typeof value === 'string') return `"${printable(value, { most: 80 })}"`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isMap(value)) return 'a map'
  return value === null || value === undefined ? 'nothing' : JSON.stringify(value)
}

const LONGEST_PATH = 400

/** A path for the head of a problem, its middle left out where it is very long: `all.vars.mailfw_ssh.port`. */
export function shortPath(path: readonly string[]): string {
  const text = path.map((part) => printable(part, { most: 80 })).join('.')
  const half = LONGEST_PATH / 2
  return text.length > LONGEST_PATH ? `${text.slice(0, half)}…${text.slice(-half)}` : text
}
