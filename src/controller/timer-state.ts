import type { Systemd } from './systemd.ts'

/** What systemd knows of a timer and its service; times are in its words, and absent where there are none. */
export interface TimerState {
  /** Whether it comes back after a boot. */
  readonly isEnabled: boolean
  readonly isActive: boolean
  readonly next?: string
  readonly last?: string
}

/** How the last run of a service ended. */
export interface RunState {
  readonly isRunning: boolean
  /** `success`, `exit-code`, `timeout`, …: systemd.service(5), $SERVICE_RESULT. */
  readonly result: string
  /** Of the process; 0 where it has not run yet. */
  readonly exitStatus: number
  readonly ended?: string
}

export async function timerState(timer: string, systemd: Systemd): Promise<TimerState> {
  const shown = await properties(timer, systemd, [
    'ActiveState',
    'UnitFileState',
    'NextElapseUSecRealtime',
    'LastTriggerUSec',
  ])
  return {
    isEnabled: shown.get('UnitFileState') === 'enabled',
    isActive: shown.get('ActiveState') === 'active',
    ...time('next', shown.get('NextElapseUSecRealtime')),
    ...time('last', shown.get('LastTriggerUSec')),
  }
}

export async function runState(service: string, systemd: Systemd): Promise<RunState> {
  const shown = await properties(service, systemd, [
    'ActiveState',
    'Result',
    'ExecMainStatus',
    'ExecMainExitTimestamp',
  ])
  return {
    isRunning: shown.get('ActiveState') === 'activating',
    result: shown.get('Result') ?? 'unknown',
    exitStatus: Number(shown.get('ExecMainStatus') ?? 0),
    ...time('ended', shown.get('ExecMainExitTimestamp')),
  }
}

async function properties(
  unit: string,
  systemd: Systemd,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const shown = await systemd.succeed('systemctl', 'show', unit, `--property=${names.join(',')}`)
  return new Map(
    shown.split('\n').map((line) => {
      const [name = '', ...value] = line.split('=')
      return [name, value.join('=')]
    }),
  )
}

function time<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  const isTold = value !== undefined && value !== '' && value !== 'n/a'
  return isTold ? ({ [name]: value } as Record<Name, string>) : {}
}
