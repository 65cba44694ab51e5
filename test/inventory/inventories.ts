import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach } from 'vitest'
import type { Inventory, LoadOptions } from '../../src/inventory/load.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import { InputError } from '../../src/lib/input-error.ts'
import type { Host } from '../../src/model/host.ts'

export const CASES = join(import.meta.dirname, '../cases/inventory')

export const LOGIN = { become: false, connectSeconds: 10 }

const directories: string[] = []

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

/** Writes files into a directory of their own, gone after the test; gives the path of the first. */
export function written(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'inventory-'))
  directories.push(directory)
  const paths = Object.entries(files).map(([name, content]) => {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  })
  return paths[0] ?? directory
}

/** Loads an inventory that is given as text. */
export function load(text: string, options: Partial<LoadOptions> = {}): Promise<Inventory> {
  return loadInventory(written({ 'inventory.yaml': text }), { login: LOGIN, ...options })
}

/** The only host of ours in an inventory. */
export async function loadHost(text: string, options: Partial<LoadOptions> = {}): Promise<Host> {
  const { hosts } = await load(text, options)
  const [host] = hosts
  if (host === undefined || hosts.length > 1) throw new Error(`expected one host, got ${hosts.length}`)
  return host
}

/** What is wrong with an inventory: `LINE:COLUMN PATH: message` each, without the file's directory. */
export async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error: unknown = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof InputError)) throw new Error('expected an InputError', { cause: error })
  return error.message.split('\n').map((line) => line.replace(/^\/[^ :]*\//, ''))
}

/** One host with these lines under its variables. */
export function hostWith(...lines: readonly string[]): string {
  return ['mail:', '  hosts:', '    mx1:', ...lines.map((line) => `      ${line}`), ''].join('\n')
}
