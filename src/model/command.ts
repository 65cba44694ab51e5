/** The commands that visit a selection of hosts. */
export type FleetCommand = 'deploy' | 'check' | 'status' | 'enforce' | 'rollback' | 'history'

/** The commands that decide one attempt on one host. */
export type AttemptCommand = 'confirm' | 'revert'

/** The commands that log in somewhere: those that make a run. */
export type RunCommand = FleetCommand | AttemptCommand
