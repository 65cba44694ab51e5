import { printable } from '../lib/printable.ts'
import { Opaque } from './opaque.ts'
import { isMap } from './value-tree.ts'

/** A value for the end of a message: `"ssh"`, `70000`, `a list`, `a {{ … }} template, which only Ansible can read`. */
export function shown(value: unknown): string {
  if (value instanceof Opaque) return `${value.description()}, which only Ansible can read`
  if (typeof value === 'string') return `"${printable(value, { most: 80 })}"`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isMap(value)) return 'a map'
  return value === null || value === undefined ? 'nothing' : JSON.stringify(value)
}
