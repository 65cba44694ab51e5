/** The commands that visit a selection of hosts. */
export const FLEET_COMMANDS = ['deploy', 'check', 'status', 'enforce', 'rollback', 'history'] as const

export type FleetCommand = (typeof FLEET_COMMANDS)[number]

/** The commands that decide one attempt on one host. */
export const ATTEMPT_COMMANDS = ['confirm', 'revert'] as const

export type AttemptCommand = (typeof ATTEMPT_COMMANDS)[number]

/** The commands that log in somewhere: those that make a run. */
export type RunCommand = FleetCommand | AttemptCommand
