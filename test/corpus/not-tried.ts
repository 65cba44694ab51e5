import { readdirSync } from 'node:fs'
import type { Refused, Verdicts } from './ask.ts'
import { modulesOf } from './corpus.ts'
import type { Corpus } from './corpus.ts'

/** Lines that name what of the corpus a backend did not take and why, whole modules first, and what the corpus lacks. */
export function notTried(corpus: Corpus, verdicts: ReadonlyMap<string, Verdicts>): readonly string[] {
  const all = [...verdicts.values()]
  const taken = new Set(all.flatMap((each) => each.taken.flatMap(modulesOf)))
  const refused = [...verdicts].flatMap(([where, each]) => each.refused.map((one) => ({ where, ...one })))
  const lacking = refused.flatMap((one) => {
    const name = modulesOf(one.rule).find((module) => !taken.has(module))
    return name === undefined ? [] : [{ ...one, name }]
  })
  const single = refused.filter((one) => modulesOf(one.rule).every((module) => taken.has(module)))
  return [
    ...folded(lacking, (one) => `${one.name}: ${one.reason}`),
    ...folded(single, (one) => `${one.rule.table} ${one.rule.line}: ${one.reason}`),
    ...extensionsWithout(corpus).map((name) => `${name}: no rule of the corpus names it`),
  ]
}

interface Located extends Refused {
  readonly where: string
}

/** One line for all that say the same. */
function folded<T extends Located>(all: readonly T[], text: (one: T) => string): readonly string[] {
  const places = new Map<string, Set<string>>()
  for (const one of all) places.set(text(one), (places.get(text(one)) ?? new Set()).add(one.where))
  return [...places].map(([line, where]) => `${line} (${[...where].join(', ')})`)
}

/** Extensions that iptables has on this machine and that no rule uses. Protocols name theirs by `-p`. */
function extensionsWithout(corpus: Corpus): readonly string[] {
  const text = corpus.rules.map(({ line }) => `${line} `).join('\n')
  const isNamed = (name: string) =>
    [' -m ', ' -j ', ' -p '].some((option) => text.includes(`${option}${name} `))
  return [...new Set(extensions())].filter((name) => !isNamed(name)).sort()
}

/** Not what others are made of. */
const INTERNAL = ['standard', 'NAT', 'icmp6']

function extensions(): readonly string[] {
  return LIBRARIES.flatMap((directory) => readdirIfThere(directory))
    .flatMap((file) => /^lib(?:xt|ipt|ip6t)_(\w+)\.so$/.exec(file)?.[1] ?? [])
    .filter((name) => !INTERNAL.includes(name))
}

const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((machine) => `/usr/lib/${machine}/xtables`)

function readdirIfThere(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
