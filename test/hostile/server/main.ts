import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Behaviour } from './behaviour.ts'
import { serve } from './serve.ts'

// Serves the `behaviours` of a module with a host key, and prints where: a line of JSON. It ends with its stdin.
const [, path = '', keyPath = ''] = process.argv.slice(1)
const { behaviours } = (await import(pathToFileURL(resolve(path)).href)) as {
  behaviours: Readonly<Record<string, Behaviour>>
}
const key = await readFile(keyPath, 'utf8')
const ports: Record<string, number> = {}
for (const [name, behaviour] of Object.entries(behaviours)) ports[name] = await serve(behaviour, key)
process.on('uncaughtException', (error) => {
  console.error(error)
})
process.stdin.on('end', () => process.exit()).resume()
console.log(JSON.stringify(ports))
