import type { Examination } from '../../remote/examine.ts'
import type { BootLine } from '../../remote/boot/facts.ts'
import type { Deed } from './commands.ts'
import { deedsOf, flushesByNft } from './commands.ts'

/** What runs a line: a unit by its name, or a file. */
export interface Runner {
  readonly kind: 'unit' | 'drop-in' | 'system-v' | 'boot' | 'interfaces' | 'cron' | 'plugin'
  /** The unit; of a file its path. */
  readonly name: string
  /** The line of its own file. */
  readonly line: BootLine
  /** When it runs, in words. */
  readonly when: string
}

export interface RunLine {
  readonly line: BootLine
  readonly runner: Runner
  readonly deeds: readonly Deed[]
}

/** The lines that do something to rules or sets, and really are run. */
export function runLines({ boot }: Pick<Examination, 'boot'>): readonly RunLine[] {
  const ofNft = new Set(boot.lines.filter(({ text }) => /^#!.*\bnft\b/.test(text)).map(({ file }) => file))
  return boot.lines.flatMap((line) => {
    const runner = runnerOf(line)
    if (runner === undefined || !isRun(runner, boot)) return []
    if (!isCommand(runner)) return []
    const isOfNft = ofNft.has(line.file) || /\bnft\s.*-f/.test(line.caller?.text ?? '')
    const deeds = isOfNft ? deedsOfNft(line.text) : deedsOf(line.text)
    return deeds.length === 0 ? [] : [{ line, runner, deeds }]
  })
}

function deedsOfNft(text: string): readonly Deed[] {
  return flushesByNft(text) ? [{ does: 'flushes', program: 'nft', files: [] }] : []
}

function runnerOf(line: BootLine): Runner | undefined {
  const own = line.caller ?? line
  const { file } = own
  const name = file.slice(file.lastIndexOf('/') + 1)
  const [, unit, isDropIn] = /\/systemd\/system\/([^/]+)\.service(\.d\/.*)?$/.exec(file) ?? []
  if (unit !== undefined)
    return { line: own, kind: isDropIn === undefined ? 'unit' : 'drop-in', name: unit, when: 'at boot' }
  if (/\/rc[S3]\.d\/S/.test(file))
    return { line: own, kind: 'system-v', name: name.replace(/^S\d\d/, ''), when: 'at boot' }
  const kinds: readonly (readonly [pattern: RegExp, kind: Runner['kind'], when: string])[] = [
    [/\/rc\.local$|\/local\.d\//, 'boot', 'at boot'],
    [/\/interfaces(?:\.d\/.*)?$/, 'interfaces', 'when an interface comes or goes'],
    [/\/(?:if-[\w-]+|dispatcher|networkd-dispatcher)(?:\.d)?\//, 'boot', 'when an interface comes or goes'],
    [
      /\/cron(?:tabs?)?(?:\.d)?(?:\/|$)/,
      'cron',
      /@reboot/.test(own.text) ? 'at boot' : 'whenever cron runs it',
    ],
    [/\/plugins\.d\//, 'plugin', 'at boot'],
  ]
  const known = kinds.find(([pattern]) => pattern.test(file))
  return known && { line: own, kind: known[1], name: file, when: known[2] }
}

/** Debian's own plugins are the loader; systemd runs no script of System V with a unit of its name. */
function isRun({ kind, name }: Runner, boot: Examination['boot']): boolean {
  switch (kind) {
    case 'unit':
    case 'drop-in':
      return boot.units.get(name)?.isEnabled === true || boot.units.get(name)?.isActive === true
    case 'plugin':
      return !/\/(?:10-ipset|15-ip4tables|25-ip6tables|40-ipset)$/.test(name)
    case 'system-v':
      return !boot.units.has(name)
    case 'boot':
    case 'interfaces':
    case 'cron':
      return true
  }
}

/** Of a unit only what it runs, of interfaces only what an interface brings. */
function isCommand({ kind, line: { text } }: Runner): boolean {
  if (kind === 'unit' || kind === 'drop-in') return /^\s*Exec(?!Reload)\w+=/.test(text)
  if (kind === 'interfaces') return /^\s*(?:pre-)?(?:up|down)\s|^\s*post-(?:up|down)\s/.test(text)
  return true
}
