import { isatty } from 'node:tty'
import pico from 'picocolors'
import { wrap } from '../../src/report/wrap.ts'

const colours = pico.createColors(isatty(1) && !process.env['NO_COLOR'])

/** A numbered step of the story. */
export function chapter(number: number, title: string): void {
  const line = '─'.repeat(Math.max(3, columns() - title.length - 7))
  console.log(`\n${colours.bold(colours.cyan(`── ${number} ${title} ${line}`))}\n`)
}

/** What a reader should know, wrapped at the terminal's width. */
export function say(...paragraphs: readonly string[]): void {
  console.log(
    paragraphs.flatMap((paragraph) => (paragraph === '' ? [''] : wrap(paragraph, columns()))).join('\n'),
  )
}

/** A command as it would be typed; what it prints comes next. */
export function prompt(command: string): void {
  console.log(`\n${colours.green('$')} ${colours.bold(command)}`)
}

/** Something that was checked and holds. */
export function tick(fact: string): void {
  console.log(`${colours.green('✓')} ${fact}`)
}

/** Why it ended otherwise than it should. */
export function complain(sentence: string): void {
  console.error(`\n${colours.red('✗')} ${sentence}`)
}

function columns(): number {
  return Math.min(process.stdout.columns || 80, 100)
}
