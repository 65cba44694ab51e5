/** The rows of the table. */
export type RowId =
  | 'one-session'
  | 'two-sessions'
  | 'mailfw-deploy'
  | 'mailfw-unchanged'
  | 'mailfw-check'
  | 'ansible-first'
  | 'ansible-unchanged'
  | 'ansible-files-only'
  | 'pssh'

/** One thing that is measured: a command that the controller runs. */
export interface Row {
  readonly id: RowId
  readonly label: string
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** What it says on stdout where it changes something, although it must not. */
  readonly mustNotSay?: RegExp
  /** The bare sessions that it takes at least. */
  readonly floor?: RowId
  /** What mailfw does instead. */
  readonly ours?: RowId
}

/** Someone who is measured: its rows belong together, in this order. */
export interface Contestant {
  readonly name: string
  /** With what it was measured; a sentence of its own. */
  readonly note: string
  readonly rows: readonly Row[]
  /** Of those that do: the first row starts from hosts without rules, and after each the wanted ones are there. */
  readonly deploys: boolean
  /** It takes part in the first so many rounds that count. */
  readonly rounds: number
}

/** A peer that cannot be measured here, and why. */
export interface Missing {
  readonly name: string
  readonly missing: string
}
