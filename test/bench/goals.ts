import type { RowId } from './contestant.ts'
import type { Cost } from './cost.ts'
import { ratio } from './results.ts'
import type { Measured } from './rounds.ts'

/** How near a goal was come. Nothing fails where one is missed. */
export interface GoalResult {
  readonly goal: string
  readonly bound: { readonly atLeast: number } | { readonly atMost: number }
  /** The ratio; absent where one of the two was not measured. */
  readonly figure?: number
  readonly status: 'reached' | 'missed' | 'not measured'
}

/** What has been set as goals, as the rounds have it. */
export function goalResults(measured: readonly Measured[]): readonly GoalResult[] {
  return GOALS.map(({ goal, bound, of, to, kind }) => {
    const figure = ratio(measured, of, to, kind)
    if (figure === undefined) return { goal, bound, status: 'not measured' }
    return { goal, bound, figure, status: holds(figure, bound) ? 'reached' : 'missed' }
  })
}

interface Goal extends Pick<GoalResult, 'goal' | 'bound'> {
  /** The ratio of this row to that one. */
  readonly of: RowId
  readonly to: RowId
  readonly kind: keyof Cost
}

const GOALS: readonly Goal[] = [
  ...fasterThanAnsible('a first run', 'ansible-first', 'mailfw-deploy'),
  ...fasterThanAnsible('an unchanged run', 'ansible-unchanged', 'mailfw-unchanged'),
  ...nearTheFloor('a deploy', 'mailfw-deploy', 'two-sessions', 2),
  ...nearTheFloor('a check', 'mailfw-check', 'one-session', 1.3),
  {
    goal: 'a deploy is no slower than the unsafe pssh loop, wall time',
    bound: { atMost: 1 },
    of: 'mailfw-deploy',
    to: 'pssh',
    kind: 'seconds',
  },
]

function fasterThanAnsible(what: string, of: RowId, to: RowId): readonly Goal[] {
  return [
    { goal: `${what} 40 x faster than Ansible, wall time`, bound: { atLeast: 40 }, of, to, kind: 'seconds' },
    {
      goal: `${what} with 50 x less of the controller's CPU than Ansible`,
      bound: { atLeast: 50 },
      of,
      to,
      kind: 'cpuSeconds',
    },
  ]
}

function nearTheFloor(what: string, of: RowId, to: RowId, atMost: number): readonly Goal[] {
  const within = `${what} within ${atMost} x of the floor`
  return [
    { goal: `${within}, wall time`, bound: { atMost }, of, to, kind: 'seconds' },
    { goal: `${within}, the controller's CPU`, bound: { atMost }, of, to, kind: 'cpuSeconds' },
  ]
}

function holds(figure: number, bound: GoalResult['bound']): boolean {
  return 'atLeast' in bound ? figure >= bound.atLeast : figure <= bound.atMost
}
