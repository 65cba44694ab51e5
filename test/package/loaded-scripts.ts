import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { PlainUser } from './plain-user.ts'

/**
 * Runs a program of node and returns every script that it loaded, each as its path and its text: a bundle names in
 * comments what it is made of.
 */
export function loadedScripts(command: readonly string[], user: PlainUser): readonly string[] {
  const directory = user.run(['mktemp', '-d', join(user.home, 'coverage-XXXXXX')]).trim()
  user.run(['env', `NODE_V8_COVERAGE=${directory}`, ...command])
  return readdirSync(directory)
    .map((name) => coverage.parse(JSON.parse(readFileSync(join(directory, name), 'utf8'))))
    .flatMap(({ result }) => result.map(({ url }) => url))
    .filter((url) => url.startsWith('file:'))
    .map((url) => fileURLToPath(url))
    .map((path) => `${path}\n${readFileSync(path, 'utf8')}`)
}

const coverage = z.object({ result: z.array(z.object({ url: z.string() })) })
