import { Secret } from '../lib/secret.ts'
import { Opaque } from './opaque.ts'
import { flagOf } from './schema-parts.ts'
import type { SettingReader } from './setting-reader.ts'
import { shellWords } from './shell-words.ts'
import { shown } from './shown.ts'
import { sshOptionFault } from './ssh-options.ts'
import type { Variable, Variables } from './variable-set.ts'

/** Reads Ansible's own variables by type; what is wrong is reported and absent. */
export class LoginVariables {
  readonly #variables: Variables
  readonly #reader: SettingReader

  constructor(variables: Variables, reader: SettingReader) {
    this.#variables = variables
    this.#reader = reader
  }

  port(names: readonly string[]): number | undefined {
    const text = this.text(names)
    if (text === undefined) return undefined
    const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0
    if (port >= 1 && port <= 65_535) return port
    this.#refuse(names, `expected a port from 1 to 65535, got ${shown(text)}`)
    return undefined
  }

  matching(names: readonly string[], form: RegExp, what: string): string | undefined {
    const text = this.text(names)
    if (text === undefined || form.test(text)) return text
    this.#refuse(names, `expected ${what}, got ${shown(text)}`)
    return undefined
  }

  /** Text, or a number as text; an empty one is as good as none. */
  text(names: readonly string[]): string | undefined {
    const value = strongest(this.#variables, names)?.value
    if (value === undefined || value === '') return undefined
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    this.#refuse(names, `expected text, got ${shown(value)}`)
    return undefined
  }

  /** What only Ansible can read a flag may stand in for; without one it is a problem where it `isNeeded`. */
  secret(
    names: readonly string[],
    { flag, given, isNeeded }: { flag: string; given: Secret | undefined; isNeeded: boolean },
  ): Secret | undefined {
    const value = strongest(this.#variables, names)?.value
    if (value instanceof Opaque) {
      if (given === undefined && isNeeded)
        this.#refuse(names, `expected text, got ${shown(value)}; give the password with ${flag}`)
      return given
    }
    const text = this.text(names)
    if (text === undefined) return given
    // What follows the line that sudo reads would go to the shell that it starts.
    if (/[\r\n\0]/.test(text)) this.#refuse(names, 'expected a password of one line')
    return new Secret(text)
  }

  flag(names: readonly string[]): boolean | undefined {
    const value = strongest(this.#variables, names)?.value
    if (value === undefined) return undefined
    const flag = flagOf(value)
    if (typeof flag === 'boolean') return flag
    this.#refuse(names, `expected true or false, got ${shown(value)}`)
    return undefined
  }

  /** Options of ssh, as words. */
  sshOptions(name: string): readonly string[] {
    const text = this.text([name])
    if (text === undefined) return []
    const words = shellWords(text)
    const fault = words === undefined ? 'expected arguments whose quotes are closed' : sshOptionFault(words)
    if (fault !== undefined) this.#refuse([name], fault)
    return words ?? []
  }

  only(names: readonly string[], allowed: readonly string[], what: string): void {
    const text = this.text(names)
    if (text !== undefined && !allowed.includes(text))
      this.#refuse(names, `expected ${what}, got ${shown(text)}`)
  }

  #refuse(names: readonly string[], message: string): void {
    const variable = strongest(this.#variables, names)
    if (variable !== undefined) this.#reader.problem(variable, [], message)
  }
}

/** Of several names of one variable the last that is set; null is Ansible's "not set". */
export function strongest(variables: Variables, names: readonly string[]): Variable | undefined {
  return names
    .map((name) => variables.get(name))
    .findLast((variable) => variable !== undefined && variable.value !== null && variable.value !== undefined)
}
