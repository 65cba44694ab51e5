import { expect, test } from 'vitest'
import type { FamilyInput } from '../../src/host/family-plan.ts'
import { planFamily } from '../../src/host/family-plan.ts'
import { foreignPattern } from '../../src/ruleset/foreign.ts'
import { RulesetError } from '../../src/ruleset/parse.ts'
import { DEFAULT_PRESERVE } from '../../src/model/foreign.ts'
import { familyWith } from './examination.ts'

const spelling = ({ rule }: { readonly rule: string }): string => rule

/** What a host of a fleet has: its own name in wanted, its own time and counters in live. */
function hostWith(name: string, { live = RULES, second = 1 } = {}): FamilyInput {
  return {
    family: 'v4',
    wanted: `# rules.v4 of ${name}\n${RULES}`,
    foreign: foreignPattern(DEFAULT_PRESERVE),
    origin: 'inventory',
    isNotLoaded: false,
    stood: [],
    examined: familyWith({
      live: `# Generated at second ${second}\n${live.replace('[0:0]', `[${second}:9]`)}`,
      wanted: { kind: 'canonical', text: `# Generated at second ${second}\n${RULES}` },
      spelling,
    }),
  }
}

const RULES = '*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT\nCOMMIT\n'
const OTHERS = RULES.replace('25', '26')

test('hosts that read alike share a plan, each with its own canonical text', () => {
  const one = planFamily(hostWith('mx1', { live: OTHERS, second: 1 }))
  const other = planFamily(hostWith('mx2', { live: OTHERS, second: 2 }))
  expect(other.transaction).toBe(one.transaction)
  expect(one.transaction.forward).toContain('--dport 25')
  expect(one.canonical).toContain('second 1')
  expect(other.canonical).toContain('second 2')
})

test('a host with another rule has a plan of its own', () => {
  expect(planFamily(hostWith('mx1')).transaction.forward).toBe('')
  expect(planFamily(hostWith('mx2', { live: OTHERS })).transaction.forward).not.toBe('')
})

test('hosts whose rules are spelled differently share nothing', () => {
  const { examined, ...input } = hostWith('mx1', { live: OTHERS })
  const respelled = { ...examined, spelling: ({ rule }: { readonly rule: string }) => `${rule} ` }
  expect(planFamily({ ...input, examined: respelled }).transaction.forward).toContain('ACCEPT \n')
  expect(planFamily({ ...input, examined }).transaction.forward).not.toContain('ACCEPT \n')
})

test('what cannot be read is refused by the line where the host printed it', () => {
  const plan = () => planFamily(hostWith('mx1', { live: '*filter\nwhat\nCOMMIT\n' }))
  expect(plan).toThrow(RulesetError)
  expect(plan).toThrow('line 3: ')
})
