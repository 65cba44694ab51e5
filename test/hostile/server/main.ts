import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import ssh2 from 'ssh2'
import type { Behaviour } from './behaviour.ts'
import { serve } from './serve.ts'

// Serves the `behaviours` of a module, and prints where: a line of JSON. It ends with its stdin.
const [, path = ''] = process.argv.slice(1)
const { behaviours } = (await import(pathToFileURL(resolve(path)).href)) as {
  behaviours: Readonly<Record<string, Behaviour>>
}
const key = ssh2.utils.generateKeyPairSync('ed25519')
const ports: Record<string, number> = {}
for (const [name, behaviour] of Object.entries(behaviours)) ports[name] = await serve(behaviour, key.private)
process.on('uncaughtException', (error) => {
  console.error(error)
})
process.stdin.on('end', () => process.exit()).resume()
console.log(JSON.stringify({ ports, hostKey: key.public }))
