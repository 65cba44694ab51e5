const REVERTERS = ['guard', 'run', 'hand', 'recovery', 'failure'] as const

/** Who put the old rules of an attempt back, as the host keeps it. */
export interface RevertedBy {
  /** `run`: the one that made it; `recovery`: a later run; `failure`: the host itself, at a refusal. */
  readonly kind: (typeof REVERTERS)[number]
  /** Of `hand` and `recovery` USER@CONTROLLER, of `failure` the code of the refusal. */
  readonly name: string
  /** What the host had found. */
  readonly detail: string
}

/** Absent if the host could not keep it. */
export function revertedByOf(text: string | undefined): RevertedBy | undefined {
  const [first = '', ...detail] = (text ?? '').split('\n')
  const [word, ...name] = first.split(' ')
  const kind = REVERTERS.find((known) => known === word)
  return kind === undefined ? undefined : { kind, name: name.join(' '), detail: detail.join('\n') }
}
