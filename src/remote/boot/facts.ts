import type { Answer } from '../answer.ts'
import { field } from '../answer.ts'

/** What a look found of a host's boot; what it means is told by `host/boot`. */
export interface BootFacts {
  /** `systemd` answered; else links were read. */
  readonly system: 'systemd' | 'links'
  /** What could not be read within the time limit. */
  readonly unread: readonly ('units' | 'files')[]
  readonly units: ReadonlyMap<string, BootUnit>
  /** Plugins of netfilter-persistent, and whether each can be run. */
  readonly plugins: ReadonlyMap<string, boolean>
  readonly lines: readonly BootLine[]
  /** Programs that their own settings switch off. */
  readonly idle: readonly string[]
  /** awall has policies that are enabled. */
  readonly hasAwallPolicies: boolean
  /** The sets of the kernel; absent if it was not asked. */
  readonly sets?: readonly string[]
  /** Users and groups of wanted that are not in the files of the host itself. */
  readonly unknownNames: readonly string[]
}

export interface BootUnit {
  readonly isThere: boolean
  /** It is started at boot, or by a timer. */
  readonly isEnabled: boolean
  readonly isActive: boolean
  /** At this boot. */
  readonly hasFailed: boolean
  /** It ends when it has done its work; absent if that is not known. */
  readonly isOneshot?: boolean
  /** The timer or socket that starts it, if nothing else does. */
  readonly trigger?: string
}

/** A line of a file that runs something, or makes a set. Its texts are not printable yet. */
export interface BootLine {
  readonly file: string
  readonly number: number
  /** It goes on in the next line of the file. */
  readonly isJoined: boolean
  /** Of a script: the line that names it. */
  readonly caller?: Omit<BootLine, 'caller'>
  readonly text: string
}

export function bootFactsOf(answer: Answer): BootFacts {
  const says = (...words: string[]): boolean => field(answer, ...words) !== undefined
  const values = (word: string): readonly (readonly string[])[] =>
    answer.lines.filter(([first]) => first === word).map(([, ...rest]) => rest)
  const sets = field(answer, 'sets')
  return {
    system: says('systemd') && !says('units-unread') ? 'systemd' : 'links',
    unread: [
      ...(says('units-unread') ? (['units'] as const) : []),
      ...(says('boot-unread') ? (['files'] as const) : []),
    ],
    units: unitsIn(answer.texts.get('units') ?? ''),
    plugins: new Map(values('plugin').map(([name = '', runs]) => [name, runs === 'yes'])),
    lines: linesIn(answer.texts.get('boot-lines') ?? ''),
    idle: values('idle').flatMap((names) => names.slice(0, 1)),
    hasAwallPolicies: says('awall'),
    ...(sets !== undefined && { sets }),
    unknownNames: values('no-name').map(([name = '']) => name.slice(name.indexOf(':') + 1)),
  }
}

function unitsIn(text: string): BootFacts['units'] {
  const units = text.split(/\n{2,}/).flatMap((block) => {
    const values = new Map(block.split('\n').map((line) => keyAndValue(line)))
    const name = values.get('Id')?.replace(/\.service$/, '') ?? ''
    return name === '' ? [] : [[name, unitOf((key) => values.get(key) ?? '')] as const]
  })
  return new Map(units)
}

function unitOf(value: (key: string) => string): BootUnit {
  const isThere = value('LoadState') === 'loaded'
  const isWanted = ['WantedBy', 'RequiredBy', 'TriggeredBy'].some((key) => value(key) !== '')
  const state = value('UnitFileState')
  const [trigger = ''] = value('TriggeredBy').split(' ')
  return {
    isThere,
    isEnabled: isThere && (state === 'enabled' || (isWanted && state !== 'enabled-runtime')),
    isActive: /^(?:active|activating|reloading)$/.test(value('ActiveState')),
    hasFailed: value('ActiveState') === 'failed',
    ...(value('Type') !== '' && { isOneshot: value('Type') === 'oneshot' }),
    ...(state !== 'enabled' && trigger !== '' && { trigger }),
  }
}

function keyAndValue(line: string): readonly [key: string, value: string] {
  const at = line.indexOf('=')
  return [line.slice(0, Math.max(0, at)), line.slice(at + 1)]
}

function linesIn(text: string): readonly BootLine[] {
  return text.split('\n').flatMap((row) => {
    const [file = '', place = '', caller = '', call = '', text = ''] = row.split('\t')
    const [, number, plus] = /^(\d{1,9})(\+?)$/.exec(place) ?? []
    if (number === undefined || caller === 'call') return []
    const [, from, at, more] = /^(.+):(\d{1,9})(\+?)$/.exec(caller) ?? []
    return [
      {
        file,
        number: Number(number),
        isJoined: plus === '+',
        ...(from !== undefined && {
          caller: { file: from, number: Number(at), isJoined: more === '+', text: call },
        }),
        text,
      },
    ]
  })
}
