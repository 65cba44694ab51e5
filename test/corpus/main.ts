import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createLab } from '../lab/lab.ts'
import { labProblem } from '../lab/problem.ts'
import type { Backend } from '../ruleset/kernel.ts'
import { BACKENDS } from '../ruleset/kernel.ts'
import { setup as build } from '../run/build-first.ts'
import type { Count } from '../run/count.ts'
import type { Verdicts } from './ask.ts'
import { askForEach } from './ask.ts'
import { readCorpus } from './corpus.ts'
import { CORPUS_HOSTS } from './hosts.ts'
import { notTried } from './not-tried.ts'
import type { Finding, RulesByKind } from './story.ts'
import { tellStory } from './story.ts'

/**
 * `npm run test:corpus`: whether a host that was just confirmed is unchanged, for every rule of `rules/` that this kernel takes, and
 * whether each of them can be taken away again. `--count FILE` writes how many checks passed.
 */
const { values } = parseArgs({ options: { count: { type: 'string' } } })

/** Fewer would not be a corpus. */
const LEAST_RULES = 300

const started = performance.now()
const problem = labProblem()
if (problem === undefined) await tryCorpus()
else {
  console.log(`Skipped: ${problem}`)
  tellCount({ passed: 0, failed: 0, skipped: 1 })
}

async function tryCorpus(): Promise<void> {
  build()
  const corpus = readCorpus()
  const verdicts = new Map<string, Verdicts>()
  await Promise.all(
    BACKENDS.map(async (backend) => verdicts.set(nameOf(backend), await askForEach(backend, corpus))),
  )
  console.log('Not tried:')
  for (const line of notTried(corpus, verdicts)) console.log(`  ${line}`)
  const rules = { nft: takenBy('nft', verdicts), legacy: takenBy('legacy', verdicts) }
  const findings: Finding[] = [enough('nft', rules), enough('legacy', rules)]
  const lab = await createLab(CORPUS_HOSTS.map(({ spec }) => spec))
  try {
    await tellStory(lab, corpus, rules, (finding) => findings.push(finding))
  } finally {
    await lab.close()
  }
  tellFindings(findings)
}

function nameOf({ kind, family }: Backend): string {
  return `${kind} ${family}`
}

function takenBy(kind: Backend['kind'], verdicts: ReadonlyMap<string, Verdicts>): RulesByKind['nft'] {
  return BACKENDS.filter((backend) => backend.kind === kind).flatMap(
    (backend) => verdicts.get(nameOf(backend))?.taken ?? [],
  )
}

function enough(kind: Backend['kind'], rules: RulesByKind): Finding {
  const distinct = (family?: string) =>
    new Set(
      rules[kind].flatMap((rule) =>
        family === undefined || rule.family === family ? [`${rule.table} ${rule.line}`] : [],
      ),
    ).size
  const what = `${distinct()} distinct rules tried (IPv4 ${distinct('v4')}, IPv6 ${distinct('v6')})`
  console.log(`${kind}: ${what}`)
  return { host: kind, what, faults: distinct() < LEAST_RULES ? [`expected at least ${LEAST_RULES}`] : [] }
}

function tellFindings(findings: readonly Finding[]): void {
  const failed = findings.filter(({ faults }) => faults.length > 0)
  for (const { host, what, faults } of failed) {
    console.log(`FAIL ${host}: ${what}`)
    for (const fault of faults) console.log(`     ${fault.replaceAll('\n', '\n     ')}`)
  }
  tellCount({ passed: findings.length - failed.length, failed: failed.length, skipped: 0 })
  process.exitCode = failed.length === 0 ? 0 : 1
}

function tellCount(count: Count): void {
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  console.log(`${Math.round((performance.now() - started) / 1000)} s`)
  if (values.count !== undefined) writeFileSync(values.count, JSON.stringify(count))
}
