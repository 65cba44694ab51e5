import { originOf } from '../../src/host/origin.ts'
import { makePlan } from '../../src/host/plan.ts'
import { DEFAULT_PRESERVE } from '../../src/model/foreign.ts'
import type { Cause, Difference } from '../../src/model/outcome.ts'
import type { Host } from '../../src/model/host.ts'
import { settingsSum } from '../../src/policy/settings-sum.ts'
import type { Saved } from '../../src/remote/examine.ts'
import type { Random } from '../faults/random.ts'
import { pick } from '../faults/random.ts'
import { examinationWith, familyWith } from '../host/examination.ts'
import type { Edited } from './edit.ts'
import { randomEdit } from './edit.ts'
import { misses } from './oracle.ts'
import { asPrinted } from './printed.ts'
import type { Ruleset } from './rulesets.ts'
import { readSave, writeSave } from './save-text.ts'

/** A ruleset with one edit, and what the plan did not tell of it, or told too much. */
export interface Judged {
  readonly name: string
  readonly edit: Edited
  readonly misses: readonly string[]
}

/** Edits what is live or saved, makes a plan of it and compares what that tells with what was done. */
export function pureCase(random: Random, ruleset: Ruleset): Judged {
  const where = pick(random, ['live', 'saved'] as const)
  const cause = pick(random, ['host', 'inventory', 'mailfw-version'] as const)
  const wanted = { written: ruleset.text, printed: printedText(ruleset.text) }
  const isForeign = where === 'live' ? belongsToOthers : () => false
  const words = where === 'live' ? wanted.printed : pick(random, [wanted.written, wanted.printed])
  const base = where === 'live' ? withOthers(random, words) : words
  const edit = randomEdit(random, base, (line) => belongsToOthers(line))
  const told = plan(ruleset, wanted, {
    where,
    cause,
    live: where === 'live' ? edit.text : wanted.printed,
    saved: where === 'saved' ? edit.text : undefined,
  })
  const here = told.filter((difference) => difference.in === where)
  return {
    name: `${ruleset.name} ${ruleset.family}, ${where}, because of ${cause}`,
    edit,
    misses: [
      ...misses({ found: edit.text, wanted: words, isForeign, told: here }),
      ...told
        .filter((difference) => difference.in !== where)
        .map(({ in: other, line }) => `${other} was not changed: ${line}`),
      ...here
        .filter((difference) => difference.cause !== (difference.line.startsWith('#') ? 'host' : cause))
        .map((difference) => `expected the cause ${cause}, got ${difference.cause}: ${difference.line}`),
    ],
  }
}

/** fail2ban's and Docker's. */
function belongsToOthers(line: string): boolean {
  return /^:(f2b-|DOCKER)|^-A (f2b-|DOCKER)| -[jg] (f2b-|DOCKER)| -[io] (docker|virbr|br-)/.test(line)
}

function printedText(text: string): string {
  return writeSave(
    readSave(text).map((table) => ({
      ...table,
      chains: table.chains.map((chain) => ({ ...chain, rules: chain.rules.flatMap(asPrinted) })),
    })),
  )
}

/** As live reads where other programs run too. */
function withOthers(random: Random, text: string): string {
  if (random() < 0.5) return text
  const tables = readSave(text).map((table) => {
    if (table.name !== 'filter') return table
    const chains = table.chains.map((chain) => {
      if (chain.name === 'INPUT')
        return { ...chain, rules: ['-p tcp -m multiport --dports 22 -j f2b-sshd', ...chain.rules] }
      if (chain.name === 'FORWARD')
        return { ...chain, rules: ['-j DOCKER-USER', '-i docker0 ! -o docker0 -j ACCEPT', ...chain.rules] }
      return chain
    })
    const others = [
      { name: 'f2b-sshd', policy: '-', rules: ['-s 203.0.113.9/32 -j REJECT', '-j RETURN'] },
      { name: 'DOCKER-USER', policy: '-', rules: ['-j RETURN'] },
    ]
    return { ...table, chains: [...chains, ...others] }
  })
  return writeSave(tables)
}

const HOST = { name: 'mx1', groups: [], settings: { preserve: DEFAULT_PRESERVE } } as unknown as Host
const VERSION = '1.0.0'

interface Found {
  readonly where: Difference['in']
  readonly cause: Cause
  readonly live: string
  /** Absent: as wanted. */
  readonly saved: string | undefined
}

function plan(
  { family }: Ruleset,
  wanted: { readonly written: string; readonly printed: string },
  { where, cause, live, saved }: Found,
): readonly Difference[] {
  const isHost = cause === 'host'
  const savedFile: Saved = saved === undefined ? { kind: 'same' } : { kind: 'other', text: saved }
  const examined = familyWith({
    live,
    saved: savedFile,
    wanted: { kind: 'canonical', text: wanted.printed },
    // What was confirmed is what was found, unless the host was changed since.
    former: isHost ? wanted.printed : withoutOthers(where === 'live' ? live : wanted.printed),
    wantedIsGeneration: isHost,
    savedIsGeneration: !isHost && where === 'saved',
  })
  const settings = settingsSum(HOST)
  const version = cause === 'mailfw-version' ? '0.9.0' : VERSION
  const { states } = makePlan({
    host: HOST,
    wanted: { v4: '', v6: '', [family]: wanted.written },
    examination: examinationWith({ generation: 4, families: { [family]: examined } }),
    origin: originOf({ n: 4, version, settings }, { version: VERSION, settings }),
  })
  return states[family]?.differences ?? []
}

function withoutOthers(text: string): string {
  return writeSave(
    readSave(text).map((table) => ({
      ...table,
      chains: table.chains
        .filter((chain) => !belongsToOthers(`:${chain.name}`))
        .map((chain) => ({
          ...chain,
          rules: chain.rules.filter((rule) => !belongsToOthers(`-A ${chain.name} ${rule}`)),
        })),
    })),
  )
}
