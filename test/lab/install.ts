import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { missingPackages } from './packages.ts'
import { shellPath } from './supervisor.ts'

/**
 * Installs what the tests need and this machine lacks, or a part of it; says first what that is, and asks on a terminal outside CI.
 * If it may not install, it says the command that would. Returns whether it installed; throws if apt-get fails.
 */
export async function installMissing(missing = missingPackages()): Promise<boolean> {
  const packages = missing.map(({ name }) => name)
  if (packages.length === 0) return false
  const list = packages.join(' ')
  console.error(`Debian packages that are needed and missing here: ${list}`)
  const become = howToBecomeRoot()
  if (become === undefined || !existsSync('/usr/bin/apt-get')) {
    console.error(`They cannot be installed from here. On Debian or Ubuntu, as root: apt-get install ${list}`)
    return false
  }
  if (!(await isAgreed())) return false
  const [program, ...words] = [...become, 'sh', shellPath('install.sh'), ...packages]
  const { status } = spawnSync(program, words, { stdio: ['inherit', 2, 2] })
  if (status !== 0) throw new Error(`Expected apt-get to install ${list}, but it failed`)
  return true
}

function howToBecomeRoot(): readonly [string, ...string[]] | readonly [] | undefined {
  if (process.getuid?.() === 0) return []
  const hasSudo = ['/usr/bin/sudo', '/bin/sudo'].some((path) => existsSync(path))
  return hasSudo ? ['sudo'] : undefined
}

async function isAgreed(): Promise<boolean> {
  if (process.env['CI'] !== undefined || !process.stdin.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question('Install them now? Nothing of them is started. [Y/n] ')
  terminal.close()
  return /^(y|yes)?$/i.test(answer.trim())
}

if (process.argv[1] === import.meta.filename) await installMissing()
