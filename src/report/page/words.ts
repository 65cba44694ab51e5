import type { Cause, Outcome } from '../../model/outcome.ts'

/** How an outcome is told where there is no room for its name; no two are alike, so that nobody needs the colours. */
export const GLYPHS: Readonly<Record<Outcome, string>> = {
  unchanged: '·',
  'would-change': '≠',
  confirmed: '✓',
  reverted: '←',
  'revert-failed': '!',
  held: '‖',
  unreachable: '∅',
  failed: '×',
  unknown: '?',
  skipped: '–',
}

export const MEANINGS: Readonly<Record<Outcome, string>> = {
  unchanged: 'live and saved are as wanted',
  'would-change': 'live or saved differs from what is wanted',
  confirmed: 'changed, confirmed over a new connection, saved',
  reverted: 'the old rules are back',
  'revert-failed': 'the old rules are not back',
  held: 'rolled back on purpose and left so',
  unreachable: 'no authenticated session',
  failed: 'a session, and nothing was changed',
  unknown: 'nobody can tell: look at the host',
  skipped: 'never started',
}

/** Why something differs, or differed before it was put right. */
export const CAUSES: Readonly<Record<'differs' | 'differed', Readonly<Record<Cause, string>>>> = {
  differs: {
    host: 'changed on the host',
    'not-loaded-at-boot': 'not loaded at boot',
    inventory: 'not deployed yet: the inventory changed',
    'mailfw-version': 'not deployed yet: mailfw changed',
    rollback: 'to be rolled back',
  },
  differed: {
    host: 'had been changed on the host',
    'not-loaded-at-boot': 'had not been loaded at boot',
    inventory: 'the inventory had changed',
    'mailfw-version': 'mailfw had changed',
    rollback: 'rolled back',
  },
}

/** What an exit code says of the run. */
export function exitWords(exit: number): string {
  return EXITS[exit] ?? ''
}

const EXITS: Readonly<Record<number, string>> = {
  0: 'nothing to do',
  1: 'a bug in mailfw',
  3: 'drift, or a held host',
  4: 'a host failed, or was not reached',
  5: 'a host was reverted',
  6: 'a host is in an unknown state',
}

/** `1,000` */
export function numberText(value: number): string {
  return value.toLocaleString('en-US')
}

/** `1,000 hosts` */
export function hostsText(count: number): string {
  return count === 1 ? '1 host' : `${numberText(count)} hosts`
}

/** `2026-11-22 14:02 UTC`; what is no such time stays as it is. */
export function timeText(iso: string): string {
  const [, day, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::[\d.]+)?Z$/.exec(iso) ?? []
  return day === undefined || minute === undefined ? iso : `${day} ${minute} UTC`
}
