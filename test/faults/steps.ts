/** A moment of a deploy at which a host is stopped, and how: which program of it stands still then. */
export interface Step {
  readonly name: StepName
  /** As the scripts below on-host read it. */
  readonly stop: string
  /** The words of the call of a program that is stopped, as a pattern of sh. */
  readonly pattern?: string
  /** Whether the controller has begun to ask for the change by then. */
  readonly isSent: boolean
  /** Whether the last comparison of live with wanted is over: what changes the rules from here on goes unseen. */
  readonly isCompared: boolean
}

const before = { isSent: false, isCompared: false }
const sent = { isSent: true, isCompared: false }
const compared = { isSent: true, isCompared: true }

/** In the order in which a deploy comes to them. */
const IN_ORDER = [
  { name: 'connecting', stop: 'login 1', ...before },
  { name: 'uploading', stop: 'during call 1', ...before },
  { name: 'examined', stop: 'before call 2', ...sent },
  { name: 'uploading-change', stop: 'during call 2', ...sent },
  { name: 'locked', stop: 'before mkdir', pattern: '-m 0700 /run/mailfw/attempt', ...sent },
  { name: 'snapshot', stop: 'after awk', pattern: '*add_absent_tables*', ...sent },
  { name: 'armed', stop: 'after mv', pattern: '*/state.prepared */state.armed', ...sent },
  { name: 'between-families', stop: 'after restore', ...sent },
  { name: 'applied', stop: 'after mv', pattern: '*/state.armed */state.applied', ...sent },
  { name: 'reconnecting', stop: 'login 2', ...sent },
  { name: 'staged', stop: 'before mv', pattern: '*/state.applied */state.confirming', ...compared },
  { name: 'between-files', stop: 'half mv', pattern: '-f */.mailfw-*', ...compared },
  { name: 'guarded', stop: 'after rm', pattern: '-rf */.mailfw-* /var/lib/mailfw/intent', ...compared },
  { name: 'receipt', stop: 'after rm', pattern: '-rf /run/mailfw/attempt *', ...compared },
] as const

export type StepName = (typeof IN_ORDER)[number]['name']

export const STEPS: readonly Step[] = IN_ORDER

/** The names of the steps from one to another one, both included. */
export function stepsBetween(first: StepName, last: StepName): readonly StepName[] {
  const names = STEPS.map(({ name }) => name)
  return names.slice(names.indexOf(first), names.indexOf(last) + 1)
}

/** The program that needs a stand-in for a step; none where sshd stops, or iptables-restore, which always has one. */
export function stoppedProgram({ stop }: Step): string | undefined {
  return /^(?:before|after|half) (mkdir|awk|mv|rm)$/.exec(stop)?.[1]
}

/** Whether sshd stops there, or a call that came over it. */
export function isOfConnection({ stop }: Step): boolean {
  return /^login|call/.test(stop)
}
