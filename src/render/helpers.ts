import { limitName } from '../policy/limit.ts'
import type { Opening } from '../policy/service-context.ts'
import { commentWord, inQuotes, matchNewOf, matchOf } from './options.ts'
import type { Place } from './problem-at.ts'
import { faultAt } from './problem-at.ts'
import type { Expression } from './syntax.ts'
import { holds, listOf, mapOf, textOf, wordOf } from './values.ts'

/** Text that a helper wrote as options of iptables; what it was given is quoted in it where that is needed. */
export class Written {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export interface Helper {
  /** How it is written in a template. */
  readonly usage: string
  readonly means: string
  readonly arguments: { readonly least: number; readonly most: number }
  run(values: readonly unknown[], place: Place): unknown
}

/** The blocks that Handlebars brings and that a template may use. */
export const BLOCKS: Readonly<Record<string, string>> = {
  if: '`{{#if x}} … {{else}} … {{/if}}`: where x is neither false, null, 0 nor empty',
  unless: '`{{#unless x}} … {{/unless}}`: the opposite',
  each: '`{{#each list}} … {{else}} … {{/each}}`: once for each item, which is `this`; also `@index`, `@first`, `@last`, `@key`',
  with: '`{{#with x}} … {{/with}}`: the names in x without writing x',
}

/** The helpers that a template may use, beside the blocks. */
export const HELPERS: Readonly<Record<string, Helper>> = {
  comment: {
    usage: '{{comment "text"}}',
    means: '`-m comment --comment text`, quoted where needed',
    arguments: { least: 1, most: 1 },
    run: ([text], place) =>
      new Written(`-m comment --comment ${commentWord(textOf(text, 'comment', place))}`),
  },
  match: {
    usage: '{{match opening}}',
    means: 'what the packets of an opening look like: `-s … -p tcp -m tcp --dport 25`',
    arguments: { least: 1, most: 1 },
    run: ([opening], place) => new Written(matchOf(openingOf(opening, 'match', place))),
  },
  matchNew: {
    usage: '{{matchNew opening}}',
    means: 'the same, but only the first packet of a connection, for rules that count',
    arguments: { least: 1, most: 1 },
    run: ([opening], place) => new Written(matchNewOf(openingOf(opening, 'matchNew', place))),
  },
  limitName: {
    usage: '{{limitName "stem" "30/min" 60}}',
    means: 'a name for a hashlimit of your own that changes with the parameters you list, as it must',
    arguments: { least: 2, most: 9 },
    run: ([stem, ...parameters], place) =>
      limitName(
        textOf(stem, 'limitName', place),
        parameters.map((parameter) => textOf(parameter, 'limitName', place)),
      ),
  },
  quote: {
    usage: '{{quote x}}',
    means: 'x in double quotes, as one word of a rule',
    arguments: { least: 1, most: 1 },
    run: ([text], place) => new Written(inQuotes(textOf(text, 'quote', place))),
  },
  join: {
    usage: '{{join list ","}}',
    means: 'the items of a list as one word',
    arguments: { least: 2, most: 2 },
    run: ([items, separator], place) =>
      listOf(items, 'join', place)
        .map((item) => textOf(item, 'join', place))
        .join(textOf(separator, 'join', place)),
  },
  has: {
    usage: '{{#if (has vars "relay")}}',
    means: 'whether there is such a name',
    arguments: { least: 2, most: 2 },
    run: ([names, name], place) => Object.hasOwn(mapOf(names, 'has', place), textOf(name, 'has', place)),
  },
  lookup: {
    usage: '{{lookup vars "my-name"}}',
    means: 'what stands under a name that is itself a value',
    arguments: { least: 2, most: 2 },
    run: ([names, name], place) => {
      const key = textOf(name, 'lookup', place)
      const map = mapOf(names, 'lookup', place)
      if (!Object.hasOwn(map, key))
        throw faultAt(place, 'lookup', `expected a name that exists, found "${key}"`)
      return map[key]
    },
  },
  includes: {
    usage: '{{#if (includes host.groups "mx")}}',
    means: 'whether the list holds the value',
    arguments: { least: 2, most: 2 },
    run: ([items, value], place) => listOf(items, 'includes', place).includes(value),
  },
  eq: {
    usage: '{{#if (eq family "v6")}}',
    means: 'whether the two are equal',
    arguments: { least: 2, most: 2 },
    run: ([left, right]) => left === right,
  },
  not: {
    usage: '{{#if (not x)}}',
    means: 'whether `#if x` would not hold',
    arguments: { least: 1, most: 1 },
    run: ([value]) => !holds(value),
  },
  and: {
    usage: '{{#if (and x y)}}',
    means: 'whether `#if` would hold for each',
    arguments: { least: 2, most: 9 },
    run: (values) => values.every(holds),
  },
  or: {
    usage: '{{#if (or x y)}}',
    means: 'whether `#if` would hold for one of them',
    arguments: { least: 2, most: 9 },
    run: (values) => values.some(holds),
  },
}

/** The helper that a template calls by this name. */
export function helperNamed(path: Expression): Helper | undefined {
  return path.type === 'PathExpression' && Object.hasOwn(HELPERS, path.original)
    ? HELPERS[path.original]
    : undefined
}

function openingOf(value: unknown, helper: string, place: Place): Opening {
  const { source, protocol, ports } = mapOf(value, helper, place)
  const of = (part: unknown): string => wordOf(part, helper, place)
  return {
    source: source === null ? null : of(source),
    protocol: of(protocol) === 'udp' ? 'udp' : 'tcp',
    ports: of(ports),
  }
}
