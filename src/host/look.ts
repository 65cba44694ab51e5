import type { Family } from '../model/family.ts'
import { FAMILIES, OTHER_FAMILIES } from '../model/family.ts'
import type { Connection } from '../model/transport.ts'
import type { AttemptState, FamilyTexts, PendingAttempt } from '../remote/attempt.ts'
import { recover } from '../remote/attempt.ts'
import { CallError } from '../remote/call.ts'
import type { Examination, FamilyExamination } from '../remote/examine.ts'
import { examine } from '../remote/examine.ts'
import { removalsOf } from './first-deploy/removals.ts'
import { asFinding, findingsOf, otherName } from './findings.ts'
import { generationFrom, holdOf } from './generation.ts'
import type { Goal } from './goal.ts'
import { sameMachine } from './machines.ts'
import type { Objection } from './objections.ts'
import { lostNativeRule } from './inspect/native-rules.ts'
import { findObjection } from './objections.ts'
import type { Origin } from './origin.ts'
import { originOf } from './origin.ts'
import type { Plan } from './plan.ts'
import { makePlan } from './plan.ts'
import { personOf } from './reverted-by.ts'
import type { Rules } from './rule-findings.ts'
import { rungsPhrase } from './rungs.ts'
import { ruleFindings, undeletable, withoutEffect } from './rule-findings.ts'
import { settingsSum } from '../policy/settings-sum.ts'
import { extensionsOf } from '../ruleset/extensions.ts'
import { foreignPattern } from '../ruleset/foreign.ts'
import { RulesetError } from '../ruleset/parse.ts'
import { otherTablesNotSaved } from './saved-file/other-tables.ts'
import { notInPlace, sectionsGoBack } from './going-back/findings.ts'
import { strictSshLimit } from './ssh-limit.ts'
import type { Visit } from './visit.ts'

const EXAMINE_SECONDS = 60
const RECOVER_SECONDS = 90

export type Look =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly examination: Examination }
  | { readonly kind: 'objection'; readonly objection: Objection; readonly examination: Examination }

/**
 * Examines a host and plans what has to change, to what the inventory says or to the `goal`, a generation; changes
 * nothing. What check shows is what deploy does.
 */
export async function look(
  visit: Visit,
  connection: Connection,
  goal?: Pick<Goal, 'wanted' | 'first'>,
): Promise<Look> {
  visit.step('examine')
  const { host } = visit.job
  const receipts = visit.context.wantsReceipts === true
  const other = goal === undefined ? visit.context.takesOver === true && 'nothing' : otherOf(goal.wanted)
  const wanted = goal === undefined ? visit.job.wanted : { v4: '', v6: '', ...goal.wanted }
  const extensions = extensionsOf(`${wanted.v4}\n${wanted.v6}`)
  const options = { ...visit.callOptions(EXAMINE_SECONDS), receipts, extensions, takesOver: other !== false }
  const all = await examine(connection, wanted, options)
  const examination = goal === undefined ? all : { ...all, families: only(goal.wanted, all.families) }
  const foreign = foreignPattern(host.settings.preserve)
  visit.forget()
  visit.learn({
    findings: [
      ...otherName(all.receipt, host.name),
      ...findingsOf(all, foreign, host.login.local, wanted).map((finding) => withTakeOver(visit, finding)),
      ...otherTablesNotSaved(examination, wanted, foreign),
      ...sectionsGoBack(goal?.first, examination, wanted),
    ],
    generation: examination.generation,
    hold: holdOf(examination),
    ...(receipts && { generations: examination.receipts.map(generationFrom) }),
  })
  const namesake = visit.context.machines.claim(examination.machine, host.name)
  if (namesake) return { kind: 'objection', objection: sameMachine(namesake), examination }
  // Where a generation opens SSH nobody tells; the guard does.
  const ssh = goal === undefined ? host.settings.ssh : undefined
  const found = findObjection({
    host,
    ssh,
    wanted,
    examination,
    foreign,
    allows: (code) => visit.allows(code),
    takesOver: other !== false,
  })
  const objection = found && withTakeOver(visit, found)
  const origin = goal === undefined ? originFor(visit, examination) : 'rollback'
  const make = () =>
    makePlan({
      host,
      wanted,
      examination,
      origin,
      first: goal?.first,
      ...(other !== false && { other }),
    })
  const rules = { wanted, examination, foreign }
  if (objection !== undefined) {
    const plan = planDespite(objection, examination, make)
    if (plan !== undefined) tell(visit, plan, rules, goal === undefined)
    return { kind: 'objection', objection, examination }
  }
  const plan = make()
  tell(visit, plan, rules, goal === undefined)
  const native =
    lostNativeRule(plan.lostNative, examination.families) ??
    lostNativeRule(plan.otherLostNative, othersOf(examination))
  if (native) {
    visit.learn({ findings: asFinding(native) })
    return { kind: 'objection', objection: native, examination }
  }
  if (ssh !== undefined && !plan.isEmpty)
    visit.learn({ findings: strictSshLimit(host.settings, examination) })
  return { kind: 'plan', plan, examination }
}

/** The rules of a generation that are the other backend's, if it has any. */
function otherOf(wanted: FamilyTexts): FamilyTexts | false {
  return OTHER_FAMILIES.some((family) => wanted[family] !== undefined) && wanted
}

function othersOf({ families }: Examination): Partial<Record<Family, Pick<FamilyExamination, 'native'>>> {
  return Object.fromEntries(
    Object.entries(families).map(([family, { otherNative }]) => [family, { native: otherNative }]),
  )
}

function withTakeOver<T extends { readonly code: string }>(
  visit: Visit,
  told: T,
): T & { readonly fix?: string } {
  return told.code === 'other-backend'
    ? { ...told, fix: visit.context.takeOverCommand(visit.host.name) }
    : told
}

function tell(visit: Visit, plan: Plan, rules: Rules, isInventory: boolean): void {
  visit.learn({
    families: plan.states,
    ...(isInventory && { removes: removalsOf(plan, rules.examination) }),
    findings: [
      ...withoutEffect(plan.misplaced),
      ...undeletable(plan.undeletable),
      ...notInPlace(plan.unplaced),
      ...ruleFindings(rules),
    ],
  })
}

/** What differs on a host that must not be changed, where what it has and what it makes of wanted is known. */
function planDespite({ code }: Objection, { families }: Examination, make: () => Plan): Plan | undefined {
  const isRefused = FAMILIES.some((family) => families[family]?.wanted.kind === 'refused')
  if (isRefused || code === 'native-nft') return undefined
  try {
    return make()
  } catch (error) {
    if (error instanceof RulesetError) return undefined
    throw error
  }
}

function originFor({ job, context }: Visit, { receipt }: Examination): Origin {
  return originOf(receipt, { version: context.provenance.version, settings: settingsSum(job.host) })
}

function only(rules: FamilyTexts, families: Examination['families']): Examination['families'] {
  return Object.fromEntries(
    FAMILIES.flatMap((family) => {
      const examined = families[family]
      return rules[family] === undefined || examined === undefined ? [] : [[family, examined]]
    }),
  )
}

/**
 * An attempt of an earlier run whose guard is gone is settled first; one whose guard lives is left to it. Resolves to
 * the error where the host was asked to settle it and did not tell what it did.
 */
export async function settleEarlierAttempt(
  visit: Visit,
  connection: Connection,
  { examination, plan }: { readonly examination: Examination; readonly plan: Plan },
): Promise<'settled' | 'none' | PendingAttempt | CallError> {
  const { pending, unfinished } = examination
  if (pending === undefined) return unfinished ? settle(visit, connection) : 'none'
  // The next change takes its place; where nothing has to change nobody else would clear it away.
  if (pending.state === 'reverted' && plan.isEmpty) return settle(visit, connection)
  if (FINAL.includes(pending.state)) return 'none'
  return pending.guardAlive && pending.thisBoot ? pending : settle(visit, connection)
}

const FINAL: readonly AttemptState[] = ['confirmed', 'reverted', 'revert-failed']

async function settle(visit: Visit, connection: Connection): Promise<'settled' | CallError> {
  const settled = await recover(
    connection,
    personOf(visit.context.provenance),
    visit.callOptions(RECOVER_SECONDS),
  ).catch(unanswered)
  if (settled instanceof CallError) return settled
  const { did, id, undone } = settled
  const what = {
    nothing: 'cleared away',
    reverted: 'reverted now: its guard was gone',
    confirmed: 'finished now: it was confirmed, and the host died before its files were in place',
    rebooted: 'cleared away: the host was rebooted before it was confirmed',
  }[did]
  const message = `the attempt ${id} of an earlier run was ${what}${rungsPhrase(undone)}`
  visit.context.emit({ event: 'notice', host: visit.host.name, message })
  // What was cleared away changed nothing.
  if (did === 'reverted' || did === 'confirmed') visit.keep({ code: 'settled', severity: 'info', message })
  return 'settled'
}

function unanswered(error: unknown): CallError {
  if (error instanceof CallError && error.sent) return error
  throw error
}
