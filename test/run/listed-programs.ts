import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { neededPackages } from '../lab/packages.ts'

const isProgram = (path: string) => ['/bin', '/sbin', '/usr/bin', '/usr/sbin'].includes(dirname(path))

/**
 * The programs that a minimal Debian (priority required) and the listed packages bring, with their paths by name.
 * Not what only a dependency of a listed package brings: another release may depend on something else.
 * Undefined if this machine has no dpkg to ask.
 */
export function listedPrograms(
  names = neededPackages.map(({ name }) => name),
): Map<string, string> | undefined {
  const installed = dpkgQuery(['-W', '-f', '${Priority} ${Essential} ${db:Status-Status} ${Package}\n'])
  if (installed === undefined) return undefined
  const base = [...installed.matchAll(/^(?:required \S+|\S+ yes) installed (\S+)$/gm)].map(
    ([, name = '']) => name,
  )
  const there = names.filter((name) => installed.includes(` installed ${name}\n`))
  const files = dpkgQuery(['-L', ...new Set([...base, ...there])]) ?? ''
  const paths = files.split('\n').filter(isProgram)
  return new Map([...alternatives(new Set(paths)), ...paths.map((path) => [basename(path), path] as const)])
}

function dpkgQuery(words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('dpkg-query', words, { encoding: 'utf8', maxBuffer: 2 ** 26 })
  return status === 0 ? stdout : undefined
}

/** Names such as `nc` and `awk`: each stands for that of its programs which Debian prefers among those of the packages. */
function alternatives(paths: ReadonlySet<string>): readonly (readonly [string, string])[] {
  const directory = '/var/lib/dpkg/alternatives'
  const names = existsSync(directory) ? readdirSync(directory) : []
  const links = names.flatMap((name) => readAlternatives(readFileSync(join(directory, name), 'utf8')))
  return links.flatMap(({ link, targets }) => {
    const target = targets.find((each) => paths.has(each))
    return target !== undefined && isProgram(link) ? [[basename(link), target]] : []
  })
}

/**
 * A file of update-alternatives: its mode, the main link, a name and a link for each that follows it, an empty line;
 * then for each choice its path, its priority, and a path for each link that follows.
 */
function readAlternatives(text: string): readonly { link: string; targets: readonly string[] }[] {
  const lines = text.split('\n')
  const end = lines.indexOf('')
  const links = lines.slice(1, end).filter((_, index) => index % 2 === 0)
  const choices = inChunks(lines.slice(end + 1), links.length + 1).map(
    ([path = '', priority, ...others]) => ({
      priority: Number(priority),
      paths: [path, ...others],
    }),
  )
  choices.sort((one, other) => other.priority - one.priority)
  return links.map((link, index) => ({ link, targets: choices.map(({ paths }) => paths[index] ?? '') }))
}

function inChunks(lines: readonly string[], size: number): readonly (readonly string[])[] {
  const starts = Array.from({ length: Math.floor(lines.length / size) }, (_, index) => index * size)
  return starts.map((start) => lines.slice(start, start + size))
}
