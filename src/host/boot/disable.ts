import type { Examination } from '../../remote/examine.ts'
import type { BootLine } from '../../remote/boot/facts.ts'
import type { Deed } from './commands.ts'
import type { RunLine } from './lines.ts'

/** Keeps a service from starting at boot, and leaves it running: many remove all rules when they are stopped. */
export function disableUnit({ boot, distribution }: Examination, name: string): string {
  const runsOpenRc = ['alpine', 'gentoo'].some((id) => distribution.ids.includes(id))
  if (boot.system === 'systemd' || !runsOpenRc) return `systemctl disable ${name}`
  return `rc-update del ${name}`
}

/** The command that stops a line from being run, without stopping anything now; nothing if that could do harm. */
export function takeOut(
  examination: Examination,
  { line, runner }: RunLine,
  { program }: Deed,
): string | undefined {
  const { boot, distribution } = examination
  const isOnAlpine = distribution.ids.includes('alpine')
  // Of a script that a file names, the line that names it
  const word = line === runner.line ? wordOf(program) : line.file
  switch (runner.kind) {
    case 'unit': {
      const unit = boot.units.get(runner.name)
      if (unit?.isOneshot !== false) {
        if (unit?.trigger !== undefined) return plain(`systemctl disable ${unit.trigger}`)
        if (unit?.isEnabled === true) return plain(`systemctl disable ${runner.name}`)
      }
      return withReload(commented(runner.line, word, { by: '#', isOnAlpine }))
    }
    case 'drop-in':
      return withReload(commented(runner.line, word, { by: '#', isOnAlpine }))
    case 'system-v':
      return plain(
        distribution.ids.includes('debian')
          ? `update-rc.d ${runner.name} disable`
          : `chkconfig ${runner.name} off`,
      )
    case 'cron':
    case 'interfaces':
      return commented(runner.line, word, { by: '#', isOnAlpine })
    case 'boot':
    case 'plugin':
      return isAlone(runner.line.text) ? commented(runner.line, word, { by: ': #', isOnAlpine }) : undefined
  }
}

/** Names come from the host, and become part of a command that a person may copy. */
function plain(command: string): string | undefined {
  return /^[\w@./: -]+$/.test(command) ? command : undefined
}

function withReload(command: string | undefined): string | undefined {
  return command === undefined ? undefined : `${command}; systemctl daemon-reload`
}

/** Only if the line still has the word: the file may have been changed since. */
function commented(
  { file, number, isJoined }: BootLine,
  word: string,
  { by, isOnAlpine }: { readonly by: '#' | ': #'; readonly isOnAlpine: boolean },
): string | undefined {
  if (isJoined || !/^[\w@./:+-]+$/.test(file) || !/^[\w@./:+-]+$/.test(word)) return undefined
  const follow = isOnAlpine ? '' : ' --follow-symlinks'
  return `sed -i${follow} '${number}{\\|${word}|s|^|${by}|}' ${file}`
}

/** A script stays one without this line: it opens and closes nothing. */
function isAlone(text: string): boolean {
  const quotes = text.match(/["'`]/g) ?? []
  return (
    quotes.length % 2 === 0 &&
    !/<<|[(){}]|;;|(?:^|[;&|\s])(?:if|then|do|done|else|elif|fi|case|esac|for|while|until)(?=[;\s]|$)/.test(
      text,
    ) &&
    !/^\s*[|&]|[|&]\s*$/.test(text)
  )
}

/** Without what a regular expression would read as more: `$IPT` is `IPT`. */
function wordOf(program: string): string {
  return /[\w-]+(?=\W*$)/.exec(program)?.[0] ?? ''
}
