import { spawnSync } from 'node:child_process'

/** The awks that a host may have; those that this machine has are tried. */
export const AWKS: readonly (readonly string[])[] = [
  ['mawk'],
  ['busybox', 'awk'],
  ['gawk'],
  ['gawk', '--posix'],
  ['original-awk'],
].filter(([program = '', ...words]) => isThere(program, [...words, 'BEGIN { exit 0 }']))

export const GREPS: readonly (readonly string[])[] = [['grep'], ['busybox', 'grep']].filter(
  ([program = '', ...words]) => isThere(program, [...words, '-V']) || isThere(program, [...words, '-q', '.']),
)

/** What a program prints in the C locale. A status above 1 is an error. */
export function output(
  command: readonly string[],
  input: string,
  environment: Readonly<Record<string, string>> = {},
): string {
  const [program = '', ...words] = command
  const { PATH, LD_LIBRARY_PATH } = process.env
  const env = { PATH, LD_LIBRARY_PATH, LC_ALL: 'C', ...environment }
  const { status, stdout, stderr } = spawnSync(program, words, { input, encoding: 'utf8', env })
  if (status === null || status > 1) throw new Error(`${command.join(' ')}: ${stderr}`)
  return stdout
}

function isThere(program: string, words: readonly string[]): boolean {
  return spawnSync(program, words, { input: 'x\n' }).status === 0
}
