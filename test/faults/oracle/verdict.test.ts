import { describe, expect, it } from 'vitest'
import type { Case } from '../cases.ts'
import { namedCases } from '../cases.ts'
import type { Ending } from '../deploy-run.ts'
import type { Look } from './look.ts'
import { readRules, tablesOf } from './rules.ts'
import type { Expectation } from './state.ts'
import type { Course } from './verdict.ts'
import { judgeNextRun, judgeReboot, judgeRun } from './verdict.ts'

// The judge has to be able to say no: each case here is a good course with one thing broken.

const KIND = 'nf_tables,dash,root,full,v6'
const BAN = '-A INPUT -j f2b-sshd'

describe('the judge of a run', () => {
  it.each([
    ['wanted and confirmed', {}, wantedLook(), confirmed()],
    ['old and reverted', {}, oldLook(), ended('reverted', 5)],
    ['old and failed', {}, oldLook(), ended('failed', 4)],
    ['old and unknown after silence', { fault: 'connection-silent' }, oldLook(), ended('unknown', 6)],
    ['old after the controller died', { fault: 'controller-killed' }, oldLook(), nothingTold()],
  ])('lets pass: %s', (_what, names, after, ending) => {
    expect(judge(names, { after, ending })).toEqual([])
  })

  it.each<[string, Names, Partial<Course>]>([
    ['a step that was never reached', {}, { wasReached: false }],
    ['a fault that never happened', {}, { hasStruck: false }],
    ['another machine that was changed', {}, { bystander: '-A INPUT -j DROP' }],
    ['a host that shuts us out', {}, { after: { ...wantedLook(), isReachable: false } }],
    ['a process that is left', {}, { stragglers: ['sh guard'] }],
    ['an attempt that is left', {}, { after: { ...wantedLook(), attempt: 'state.applied' } }],
    ['v4 new and v6 old', {}, { after: { ...wantedLook(), live: { v4: live('new'), v6: live('old') } } }],
    ['a rule of nobody’s', {}, { after: { ...wantedLook(), live: { v4: live('odd'), v6: live('new') } } }],
    ['new rules that were not saved', {}, { after: { ...wantedLook(), saved: oldLook().saved } }],
    ['new files below old rules', {}, { after: { ...oldLook(), saved: wantedLook().saved } }],
    ['a torn file', {}, { after: { ...wantedLook(), saved: { v4: '*fil', v6: 'new' } } }],
    [
      'a new file with another table than the old one has',
      {},
      { after: { ...wantedLook(), saved: { v4: 'new\n*nat\n:OUTPUT DROP\nCOMMIT\n', v6: 'new' } } },
    ],
    ['one new file and one old one', {}, { after: { ...wantedLook(), saved: { v4: 'new', v6: 'old' } } }],
    [
      'a ban that is gone',
      {},
      { after: { ...wantedLook(), live: { v4: live('new', ''), v6: live('new') } } },
    ],
    ['a native rule that is gone', {}, { after: { ...wantedLook(), native: [] } }],
    [
      'rules in the other backend',
      {},
      { after: { ...wantedLook(), other: { v4: live('old'), v6: new Map() } } },
    ],
    ['a ban meanwhile that is gone', { fault: 'ban' }, {}],
    ['a success that is none', {}, { after: oldLook() }],
    ['a revert that is none', {}, { ending: ended('reverted', 5) }],
    ['nothing changed that was', {}, { ending: ended('failed', 4) }],
    ['nobody there who was', {}, { ending: ended('unreachable', 4) }],
    ['unknown that could be known', {}, { ending: ended('unknown', 6) }],
    [
      'unknown before anything was sent',
      { fault: 'connection-silent', step: 'uploading' },
      { ending: ended('unknown', 6) },
    ],
    ['a wrong exit code', {}, { ending: { ...confirmed(), code: 4 } }],
    ['no outcome', {}, { ending: nothingTold() }],
    ['an outcome of no list', {}, { ending: ended('done', 0) }],
    ['a revert for a clock', { fault: 'clock-back' }, { after: oldLook(), ending: ended('reverted', 5) }],
  ])('does not let pass: %s', (_what, names, broken) => {
    expect(judge(names, broken)).not.toEqual([])
  })

  const judge = (names: Names, broken: Partial<Course>) =>
    judgeRun(caseOf(names), expectation(), { ...goodCourse(), ...broken })
})

describe('the judge of a reboot', () => {
  const atBoot = (look: Look, which: 'old' | 'new') => ({
    ...look,
    live: { v4: live(which, ''), v6: live(which, '') },
  })

  it('lets pass that what is saved is live', () => {
    expect(judgeReboot(caseOf({}), expectation(), atBoot(wantedLook(), 'new'))).toEqual([])
    expect(judgeReboot(caseOf({}), expectation(), atBoot(oldLook(), 'old'))).toEqual([])
  })

  it.each<[string, Names, Look]>([
    ['old rules from new files', {}, atBoot(wantedLook(), 'old')],
    ['new rules from old files', {}, atBoot(oldLook(), 'new')],
    ['a host that shuts us out', {}, { ...atBoot(oldLook(), 'old'), isReachable: false }],
    ['mixed files', {}, { ...atBoot(oldLook(), 'old'), saved: { v4: 'new', v6: 'old' } }],
    [
      'mixed files that no intent names',
      { fault: 'rebooted', step: 'between-files' },
      { ...atBoot(oldLook(), 'old'), saved: { v4: 'new', v6: 'old' } },
    ],
  ])('does not let pass: %s', (_what, names, look) => {
    expect(judgeReboot(caseOf(names), expectation(), look)).not.toEqual([])
  })
})

describe('the judge of the next run', () => {
  const good = { found: oldLook(), reported: confirmed().host, after: wantedLook() }

  it('lets pass that all is as wanted', () => {
    expect(judgeNextRun(caseOf({}), expectation(), good)).toEqual([])
  })

  it.each([
    ['a run that failed', { reported: ended('failed', 4).host }],
    ['a host without a result', { reported: undefined }],
    ['old rules', { after: oldLook() }],
    ['something left over', { after: { ...wantedLook(), leftovers: ['intent'] } }],
    ['a host that shuts us out', { after: { ...wantedLook(), isReachable: false } }],
    ['a revert that nobody was told of', { found: { ...oldLook(), attempt: 'state.reverted' } }],
  ])('does not let pass: %s', (_what, broken) => {
    expect(judgeNextRun(caseOf({}), expectation(), { ...good, ...broken })).not.toEqual([])
  })
})

interface Names {
  readonly step?: string
  readonly fault?: string
}

function caseOf({ step = 'applied', fault = 'guard-killed' }: Names): Case {
  const [found] = namedCases(`${step}/${fault}/${KIND}/run-reboot`)
  if (found === undefined) throw new Error(`Expected a case for ${step} and ${fault}`)
  return found
}

function dump(which: 'old' | 'new' | 'odd', foreign = BAN): string {
  const port = { old: 22, new: 25, odd: 26 }[which]
  return `*filter\n:INPUT DROP [0:0]\n:f2b-sshd - [0:0]\n${foreign}\n-A INPUT -p tcp --dport ${port} -j ACCEPT\nCOMMIT\n`
}

function live(which: 'old' | 'new' | 'odd', foreign?: string): Look['live']['v4'] {
  return readRules(dump(which, foreign))
}

function look(which: 'old' | 'new'): Look {
  return {
    live: { v4: live(which), v6: live(which) },
    other: { v4: new Map(), v6: new Map() },
    native: ['table ip filter chain FORWARD oifname "br-mailcow" drop'],
    saved: { v4: which, v6: which },
    attempt: undefined,
    hasIntent: false,
    leftovers: [],
    isReachable: true,
    sshSaid: '',
  }
}

function oldLook(): Look {
  return look('old')
}

function wantedLook(): Look {
  return look('new')
}

function expectation(): Expectation {
  const text = dump('new', '').replace(/^:f2b.*\n/m, '')
  const loaded = readRules(dump('old', '').replace(/^:f2b.*\n/m, ''))
  return {
    before: oldLook(),
    loaded: { v4: loaded, v6: loaded },
    wantedText: { v4: 'new', v6: 'new' },
    wanted: { v4: readRules(text), v6: readRules(text) },
    wantedTables: { v4: tablesOf(text), v6: tablesOf(text) },
  }
}

function ended(outcome: string, code: number): Ending {
  const host = { host: 'mx1', outcome, code: 'any', message: 'any', findings: [] }
  return { code, stderr: '', seconds: 1, host }
}

function confirmed(): Ending {
  return ended('confirmed', 0)
}

function nothingTold(): Ending {
  return { code: null, stderr: '', seconds: 1 }
}

function goodCourse(): Course {
  return { wasReached: true, hasStruck: true, ending: confirmed(), stragglers: [], after: wantedLook() }
}
