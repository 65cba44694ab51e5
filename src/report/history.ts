import { FAMILIES, FAMILY } from '../model/family.ts'
import type { Generation, HostResult } from '../model/outcome.ts'
import type { Look } from './entry.ts'
import { groupBy } from './fold.ts'
import { namesWithCount } from './names.ts'
import type { Colours } from './output.ts'
import { wrap } from './wrap.ts'

const MOST_LINES = 6

interface Options {
  readonly look: Look
  /** All lines that changed, however many. */
  readonly whole: boolean
}

/** The generations of each host, newest first, with what each has changed; hosts with the same ones are one paragraph. */
export function writeHistories(results: readonly HostResult[], options: Options): string {
  const told = results.filter(({ generations }) => generations !== undefined && generations.length > 0)
  const written = told.map(({ host, generations = [] }) => ({
    host,
    text: writeHistory(generations, options),
  }))
  return groupBy(written, ({ text }) => text)
    .map(
      (group) =>
        headingOf(
          group.map(({ host }) => host),
          options.look,
        ) + group[0].text,
    )
    .join('\n')
}

function headingOf(hosts: readonly string[], { colours, columns }: Look): string {
  return wrap(namesWithCount(hosts), columns)
    .map((line) => `${colours.bold(line)}\n`)
    .join('')
}

function writeHistory(generations: readonly Generation[], options: Options): string {
  const width = String(generations[0]?.n ?? 0).length
  return generations
    .flatMap((generation, index) =>
      writeGeneration(generation, generations[index + 1], { width, ...options }),
    )
    .map((line) => `${line}\n`)
    .join('')
}

function writeGeneration(
  generation: Generation,
  next: Generation | undefined,
  { look, whole, width }: Options & { readonly width: number },
): readonly string[] {
  const { colours, columns } = look
  const margin = ' '.repeat(width + 4)
  const [first = '', ...more] = wrap(aboutText(generation), columns - margin.length)
  // Against one that was asked for nothing is left out.
  const asked = generation.against === next?.n ? undefined : generation.against
  return [
    `  ${colours.bold(String(generation.n).padStart(width))}  ${first}`,
    ...more.map((line) => `${margin}${line}`),
    ...(asked === undefined ? [] : [`${margin}against generation ${asked}:`]),
    ...changedLines(generation, whole || asked !== undefined).map(
      (line) => `${margin}${paint(line, colours)}`,
    ),
  ]
}

/** `2026-11-22 14:02 UTC by alice@laptop, inventory 1a2b3c4, mailfw 1.0.0, the rules of 4 again, held: too strict` */
function aboutText({ n, at, by, revision, version, again, hold, otherMachine }: Generation): string {
  const other = otherMachine === undefined ? [] : ['made on another machine, of which this is a clone']
  if (n === 0) return ['what was there before mailfw', ...other].join(', ')
  const facts = [
    [
      ...(at === undefined ? [] : [`${at.slice(0, 10)} ${at.slice(11, 16)} UTC`]),
      ...(by === undefined ? [] : [`by ${by}`]),
    ].join(' '),
    ...(revision === undefined ? [] : [`inventory ${revision}`]),
    ...(version === undefined ? [] : [`mailfw ${version}`]),
    ...(again === undefined
      ? []
      : [again === 0 ? 'what was there before mailfw' : `the rules of ${again} again`]),
    ...(hold === undefined ? [] : [`held: ${hold}`]),
    ...other,
  ]
  return facts.filter((fact) => fact !== '').join(', ')
}

function changedLines({ changes }: Generation, whole: boolean): readonly string[] {
  if (changes === undefined) return []
  const lines = FAMILIES.flatMap((family) => {
    const changed = changes[family] ?? []
    return changed.length === 0 ? [] : [`${FAMILY[family].label}:`, ...changed.map((line) => `  ${line}`)]
  })
  if (lines.length === 0) return ['no rule changed']
  if (whole || lines.length <= MOST_LINES) return lines
  const rest = lines.slice(MOST_LINES).filter((line) => /^ {2}[-+]/.test(line)).length
  return [...lines.slice(0, MOST_LINES), `and ${rest} more: --diff shows all`]
}

function paint(line: string, colours: Colours): string {
  if (line.startsWith('  +')) return colours.green(line)
  return line.startsWith('  -') ? colours.red(line) : colours.dim(line)
}
