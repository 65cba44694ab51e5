import type { Backend, Kernel } from '../ruleset/kernel.ts'
import { openKernel } from '../ruleset/kernel.ts'
import type { Corpus, CorpusRule } from './corpus.ts'
import { MAKE_SETS } from './sets.ts'

export interface Refused {
  readonly rule: CorpusRule
  /** In the words of iptables-restore. */
  readonly reason: string
}

export interface Verdicts {
  readonly taken: readonly CorpusRule[]
  readonly refused: readonly Refused[]
}

/**
 * Asks iptables-restore in a scratch namespace for each rule of a family, one after the other: a rule stands on
 * those before it.
 */
export async function askForEach(backend: Backend, corpus: Corpus): Promise<Verdicts> {
  const kernel = openKernel(backend)
  const rules = corpus.rules.filter((rule) => rule.family === backend.family)
  const taken: CorpusRule[] = []
  const refused: Refused[] = []
  try {
    await kernel.run(MAKE_SETS)
    await kernel.restore(declarations(corpus, rules))
    for (const rule of rules) {
      const reason = await refusal(kernel, rule)
      if (reason === undefined) taken.push(rule)
      else refused.push({ rule, reason })
    }
  } finally {
    kernel.close()
  }
  return { taken, refused }
}

function declarations(corpus: Corpus, rules: readonly CorpusRule[]): string {
  const [first] = rules
  if (first === undefined) return ''
  return [...new Set(rules.map(({ table }) => table))]
    .map((table) => {
      const chains = corpus.chains(first.family, table).map((chain) => `:${chain} - [0:0]\n`)
      return `*${table}\n${chains.join('')}COMMIT\n`
    })
    .join('')
}

async function refusal(kernel: Kernel, { table, line }: CorpusRule): Promise<string | undefined> {
  const text = `*${table}\n${line}\nCOMMIT\n`
  const { status, output } = await kernel.run(`${kernel.command}-restore --noflush`, text)
  return status === 0 ? undefined : reasonIn(output)
}

/** What it says, without its name, the line and the pointers to its manual. Mostly the kernel's own "no" has no words. */
function reasonIn(output: string): string {
  const reasons = output
    .split('\n')
    .filter((line) => !/^(?:Error occurred|Try )/.test(line))
    .map((line) =>
      line.replace(/^ip6?tables\S*(?: v\S+ \(\S+\))?:|^line \d+:|\bline \d+ failed\b/g, '').trim(),
    )
  return reasons.find((line) => line !== '') ?? 'the kernel refuses it'
}
