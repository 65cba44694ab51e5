import { printable } from '../../lib/printable.ts'

/** What iptables-restore said of a text that it did not load. */
export interface RestoreWords {
  /** Of the text, from 1; iptables-nft tells of a missing chain at COMMIT. */
  readonly line?: number
  /** Matches and targets that the kernel does not know. */
  readonly extensions: readonly string[]
  /** A match that iptables itself has no file for. */
  readonly library?: string
  /** What a rule jumps to, if it is neither a target nor a chain of the text. */
  readonly chain?: string
  /** A table that the kernel cannot make. */
  readonly table?: string
  /** All of it as one line, without its name, its version and its pointer to its own help. */
  readonly said: string
}

export function restoreWordsOf(message: string): RestoreWords {
  const [, line] = /\bline:? (\d+)/.exec(message) ?? []
  const extensions = [
    ...message.matchAll(/Extension (\S+) revision \d+ not supported, missing kernel module/g),
  ]
  const [, library] = /Couldn't load match [`'](\S+?)':/.exec(message) ?? []
  const [, chain] = /(?:Chain|Couldn't load target) [`'](\S+?)'/.exec(message) ?? []
  const [, table] = /initialize (?:ip6?tables )?table [`'](\w+)'/.exec(message) ?? []
  return {
    ...(line !== undefined && { line: Number(line) }),
    extensions: [...new Set(extensions.map(([, name = '']) => name))],
    ...(library !== undefined && { library }),
    ...(chain !== undefined && { chain }),
    ...(table !== undefined && { table }),
    said: said(message),
  }
}

/** Without what differs between versions and lines, so that what is the same is told once. */
function said(message: string): string {
  const lines = message
    .split('\n')
    .map((line) =>
      line.trim().replace(/^ip6?tables(?:-\w+)*(?: v[\d.]+ \([\w ]+\))?(?: ended with \d+)?: */, ''),
    )
    .map((line) => line.replace(/^line \d+: /, '').replace(/\.$/, ''))
    .filter((line) => line !== '' && !/^(?:Try `|Error occurred at line|line \d+ failed$)/.test(line))
  return printable([...new Set(lines)].join('; '), { most: 400 })
}
