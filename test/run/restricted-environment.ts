import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { listedPrograms } from './listed-programs.ts'

/** Variables for the programs that tests start. */
interface RestrictedEnvironment {
  readonly PATH: string
  /** The archive that takes the other programs away from a lab's hosts: see controller.sh. */
  readonly MAILFW_TEST_HIDDEN: string
}

/**
 * With this environment tests find the programs that the listed packages bring, and Node's, and no others of this
 * machine, so that one which the list lacks fails everywhere. Undefined if there is no dpkg to ask.
 */
export function restrictedEnvironment(root: string): RestrictedEnvironment | undefined {
  const listed = listedPrograms()
  if (listed === undefined) return undefined
  const directory = join(root, '.reports/programs')
  const bin = join(directory, 'bin')
  const hidden = join(directory, 'hidden.tar')
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(bin, { recursive: true })
  for (const [name, path] of new Map([...listed, ...nodePrograms()])) symlinkSync(path, join(bin, name))
  writeFileSync(hidden, archiveOfWhiteouts(otherPrograms(listed)))
  return { PATH: bin, MAILFW_TEST_HIDDEN: hidden }
}

/** They come from anywhere: npm is the one that runs us, or the first in PATH. */
function nodePrograms(): readonly (readonly [string, string])[] {
  const directories = [dirname(process.execPath), ...(process.env['PATH'] ?? '').split(delimiter)]
  const others = ['npm', 'npx'].flatMap((name) => {
    const path = directories.map((directory) => join(directory, name)).find((each) => existsSync(each))
    return path === undefined ? [] : [[name, path] as const]
  })
  return [['node', process.execPath], ...others]
}

/** What else is where a host of a lab looks for programs: the machine's files are seen below its own. */
function otherPrograms(listed: ReadonlyMap<string, string>): readonly string[] {
  const kept = new Set([process.execPath, ...[...listed.values()].map((path) => realpathSync(path))])
  const isListed = (directory: string, name: string) =>
    kept.has(join(directory, name)) || (!directory.startsWith('/usr/local/') && listed.has(name))
  return ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin'].flatMap((directory) =>
    (existsSync(directory) ? readdirSync(directory) : [])
      .filter((name) => !isListed(directory, name))
      .map((name) => join(directory, name)),
  )
}

/** Each path as a character device 0:0, which overlayfs takes for "removed". Only `tar` makes a thousand of them at once. */
function archiveOfWhiteouts(paths: readonly string[]): Buffer {
  return Buffer.concat([...paths.map(deviceHeader), Buffer.alloc(1024)])
}

function deviceHeader(path: string): Buffer {
  const header = Buffer.alloc(512)
  header.write(path.slice(1))
  header.write('0000000\0' + '0000000\0' + '0000000\0' + '00000000000\0' + '00000000000\0' + '        3', 100)
  header.write('ustar\x0000', 257)
  header.write('0000000\0' + '0000000\0', 329)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
