import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { FAMILIES } from '../../src/model/family.ts'
import type { HostResult } from '../../src/model/outcome.ts'
import { mailfw, OPEN, render } from '../e2e/mailfw.ts'
import type { Run } from '../e2e/mailfw.ts'
import { stateOf, withoutEmptyTables } from '../e2e/host-state.ts'
import type { Lab } from '../lab/lab.ts'
import type { Backend } from '../ruleset/kernel.ts'
import { openKernel } from '../ruleset/kernel.ts'
import type { Corpus, CorpusRule } from './corpus.ts'
import { driftOf, driftText, suspects } from './drift.ts'
import { CORPUS_HOSTS } from './hosts.ts'
import { sendPackets } from './packets.ts'
import { templateText } from './template.ts'

/** What was looked at on a host, and what was wrong there; nothing where all was right. */
export interface Finding {
  readonly host: string
  readonly what: string
  readonly faults: readonly string[]
}

export type RulesByKind = Readonly<Record<Backend['kind'], readonly CorpusRule[]>>

/** What happens to a rule between its deploy and the one that takes it away again, on all hosts at once. */
export async function tellStory(
  lab: Lab,
  corpus: Corpus,
  rules: RulesByKind,
  tell: (finding: Finding) => void,
): Promise<void> {
  const wanted = await deployAll(lab, corpus, rules, tell)
  const corpusInventory = await inventoryOf(lab, corpus, wanted, 'corpus')
  const expectUnchanged = async (what: string, inventory = corpusInventory) => {
    const run = await mailfw(lab, 'check', inventory, '--diff')
    for (const host of run.hosts) tell({ host: host.host, what, faults: unlessUnchanged(host) })
  }
  const deploy = async (what: string, inventory: string, outcome: HostResult['outcome']) => {
    const run = await mailfw(lab, 'deploy', inventory)
    for (const host of run.hosts) tell({ host: host.host, what, faults: unlessEnded(host, outcome) })
  }
  await expectUnchanged('a check of what was just confirmed')
  await deploy('a second deploy', corpusInventory, 'unchanged')
  for (const { name } of CORPUS_HOSTS) tell(await packetsPass(lab, name))
  await expectUnchanged('a check after packets')
  await Promise.all([...lab.hosts.values()].map((host) => host.reboot()))
  await expectUnchanged('a check after a reboot')
  const longer = await inventoryOf(lab, corpus, wanted, 'longer', ['-p tcp -m tcp --dport 2999 -j ACCEPT'])
  await deploy('a deploy of a rule more in each chain', longer, 'confirmed')
  await expectUnchanged('a check of that', longer)
  const plain = await lab.inventory({ all: OPEN }, 'plain.yaml')
  await deploy('a deploy without these rules', plain, 'confirmed')
  await expectUnchanged('a check without them', plain)
  for (const finding of await liveIsExactly(lab, plain)) tell(finding)
}

/** Deploys, and again without what shows drift at once, as long as that says more. The rules that do not. */
async function deployAll(
  lab: Lab,
  corpus: Corpus,
  rules: RulesByKind,
  tell: (finding: Finding) => void,
): Promise<RulesByKind> {
  const inventory = await inventoryOf(lab, corpus, rules, 'corpus')
  const deploy = await mailfw(lab, 'deploy', inventory)
  const check = await mailfw(lab, 'check', inventory, '--diff')
  const left = { nft: without(rules, check, 'nft'), legacy: without(rules, check, 'legacy') }
  const goesOn = left.nft.length < rules.nft.length || left.legacy.length < rules.legacy.length
  for (const host of deploy.hosts) {
    const faults = [
      ...unlessEnded(host, 'confirmed', 'unchanged'),
      ...(goesOn ? unlessUnchanged(check.host(host.host)) : []),
    ]
    tell({ host: host.host, what: 'a deploy', faults })
  }
  return goesOn ? deployAll(lab, corpus, left, tell) : left
}

function without(rules: RulesByKind, check: Run, kind: Backend['kind']): readonly CorpusRule[] {
  const hosts = CORPUS_HOSTS.filter((host) => host.kind === kind)
  const drift = hosts.flatMap(({ name }) => driftOf(check.host(name)))
  const suspected = suspects(drift, rules[kind])
  return rules[kind].filter((rule) => !suspected.has(rule))
}

/** Writes templates of these rules for each backend, and the inventory whose hosts have them. */
async function inventoryOf(
  lab: Lab,
  corpus: Corpus,
  rules: RulesByKind,
  name: string,
  last: readonly string[] = [],
): Promise<string> {
  for (const kind of ['nft', 'legacy'] as const) {
    const directory = `${lab.home}/${name}-${kind}`
    await mkdir(directory, { recursive: true })
    for (const family of FAMILIES) {
      const text = templateText(family, corpus, rules[kind], last)
      await writeFile(`${directory}/rules.${family}.hbs`, text)
    }
  }
  const hosts = CORPUS_HOSTS.map((host) => [host.name, { mailfw_templates: `${name}-${host.kind}` }] as const)
  return lab.inventory({ all: OPEN, hosts: Object.fromEntries(hosts) }, `${name}.yaml`)
}

function unlessEnded(
  { outcome, code, message, connections }: HostResult,
  ...expected: readonly HostResult['outcome'][]
): readonly string[] {
  if (!expected.includes(outcome))
    return [`expected ${expected.join(' or ')}, got ${outcome} (${code}): ${message}`]
  if (outcome !== 'unchanged' || connections === 1) return []
  return [`expected one connection, got ${connections}`]
}

function unlessUnchanged(host: HostResult): readonly string[] {
  return [...unlessEnded(host, 'unchanged'), ...driftOf(host).map(driftText)]
}

async function packetsPass(lab: Lab, name: string): Promise<Finding> {
  const counted = await sendPackets(lab, name)
  const all = counted.length === FAMILIES.length && counted.every((packets) => packets > 0)
  const faults = all
    ? []
    : [`expected packets of both families behind the rules that they change, got ${counted.join(', ')}`]
  return { host: name, what: 'packets', faults }
}

/** Compares with what iptables makes of the rendered files in an empty namespace. */
async function liveIsExactly(lab: Lab, inventory: string): Promise<readonly Finding[]> {
  const rendered = await render(lab, inventory)
  return Promise.all(
    CORPUS_HOSTS.map(async ({ name, kind }) => {
      const { live } = await stateOf(lab.host(name))
      const faults = await Promise.all(
        FAMILIES.map(async (family) => {
          const expected = await printed(
            { kind, family },
            await readFile(`${rendered}/${name}/rules.${family}`, 'utf8'),
          )
          return live[family] === expected ? [] : [`expected live ${family}\n${expected}got\n${live[family]}`]
        }),
      )
      return { host: name, what: 'live without them', faults: faults.flat() }
    }),
  )
}

async function printed(backend: Backend, text: string): Promise<string> {
  const kernel = openKernel(backend)
  try {
    await kernel.restore(text)
    const saved = await kernel.save()
    return withoutEmptyTables(saved.replace(/^#.*\n/gm, '').replace(/^(:.*) \[\d+:\d+\]$/gm, '$1'))
  } finally {
    kernel.close()
  }
}
