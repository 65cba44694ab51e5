import { execFileSync } from 'node:child_process'
import { lstatSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Builds `dist` where it is missing or older than what it is made of. Vitest calls this before tests that run it. */
export function setup(): void {
  if (!isBuilt()) execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
}

function isBuilt(): boolean {
  const built = lstatSync(join(root, 'dist/main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  return sources().every((path) => lstatSync(path).mtimeMs < built)
}

/** Directories count too: a file that was removed from one leaves no other trace. */
function sources(): readonly string[] {
  const below = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  return ['tsconfig.json', 'package.json', 'src', ...below.map((name) => join('src', name))].map((name) =>
    join(root, name),
  )
}
