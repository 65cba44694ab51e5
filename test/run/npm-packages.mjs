import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'

/**
 * Installs the npm packages that package-lock.json names where node_modules lacks one; says first what that is,
 * and asks on a terminal outside CI. Needs no package itself. Resolves with the sentence that says why they are
 * not there, or with undefined.
 * @param {string} root the directory of package.json
 * @returns {Promise<string | undefined>}
 */
export async function installNpmPackages(root) {
  const count = missingPackages(root).length
  if (count === 0) return undefined
  console.error(`npm packages are missing here: ${count} of those that package-lock.json names, for`)
  console.error(`  ${directDependencies(root).join(', ')}`)
  if (!(await isAgreed())) return 'Without them nothing can be run here; `npm ci` installs them.'
  const [node, ...words] = npm(
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--prefer-offline',
  )
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync(node, [...words, ...quiet], { cwd: root, stdio: ['ignore', 2, 2] })
  return status === 0 ? undefined : 'Expected `npm ci` to install them, but it failed.'
}

/**
 * The packages of package-lock.json that node_modules lacks or has in another version.
 * @param {string} root
 * @returns {string[]} their paths, such as `node_modules/yargs`
 */
export function missingPackages(root) {
  const present = packagesIn(join(root, 'node_modules/.package-lock.json'))
  return Object.entries(packagesIn(join(root, 'package-lock.json')))
    .filter(([path, entry]) => path !== '' && !isOptional(entry) && present[path]?.version !== entry.version)
    .map(([path]) => path)
}

function packagesIn(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}

/** Most of these are for one platform only. */
function isOptional({ optional = false, devOptional = false }) {
  return optional || devOptional
}

function directDependencies(root) {
  const { dependencies, devDependencies } = packagesIn(join(root, 'package-lock.json'))['']
  return Object.entries({ ...dependencies, ...devDependencies }).map((entry) => entry.join(' '))
}

async function isAgreed() {
  if (process.env.CI !== undefined || !process.stdin.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question('Install them into node_modules now? [Y/n] ')
  terminal.close()
  return /^(y|yes)?$/i.test(answer.trim())
}

/** The npm that runs us, where one does. */
function npm(...words) {
  const path = process.env.npm_execpath
  return path?.endsWith('npm-cli.js') ? [process.execPath, path, ...words] : ['npm', ...words]
}
