import type { Schedule, Scope } from './schedule.ts'

/** One setting of a service, such as `KillMode=mixed`, and why it is there. */
export type Setting = readonly [name: string, value: string]

/**
 * How a scheduled run runs, as systemd.exec(5) has it: what a unit file and systemd-run both are given. Memory that can
 * be written and executed stays allowed: V8 needs it.
 */
export function serviceSettings(schedule: Schedule): readonly Setting[] {
  return [
    // No agent of somebody who happens to be logged in, and nobody's windows to ask in
    ['UnsetEnvironment', 'SSH_AUTH_SOCK SSH_AGENT_PID SSH_ASKPASS DISPLAY WAYLAND_DISPLAY'],
    // SIGTERM to mailfw alone, which finishes the hosts in flight, while a ProxyCommand carries on
    ['KillMode', 'mixed'],
    ['TimeoutStartSec', `${schedule.startSeconds}s`],
    ['TimeoutStopSec', `${schedule.stopSeconds}s`],
    ['UMask', schedule.isPublished ? '0022' : '0077'],
    ...(schedule.runsOwnCommand ? LENIENT : STRICT)[schedule.scope],
    ...capabilities(schedule),
    ...temporary(schedule),
  ]
}

/** What the manager of a plain user can do too: no mounts, no capabilities. */
const FILTERS: readonly Setting[] = [
  ['LockPersonality', 'yes'],
  ['RestrictAddressFamilies', 'AF_INET AF_INET6 AF_UNIX AF_NETLINK'],
  ['RestrictNamespaces', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['SystemCallArchitectures', 'native'],
  ['SystemCallFilter', '@system-service'],
  ['SystemCallErrorNumber', 'EPERM'],
]

/** What needs mounts. /proc stays whole: locks ask it who lives. */
const MOUNTS: readonly Setting[] = [
  ['ProtectHome', 'read-only'],
  ['PrivateDevices', 'yes'],
  ['ProtectClock', 'yes'],
  ['ProtectControlGroups', 'yes'],
  ['ProtectHostname', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelTunables', 'yes'],
]

const ALONE: readonly Setting[] = [
  ['NoNewPrivileges', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
]

const STRICT: Readonly<Record<Scope, readonly Setting[]>> = {
  system: [['ProtectSystem', 'strict'], ...MOUNTS, ...FILTERS, ...ALONE],
  user: [...FILTERS, ...ALONE],
}

/** A command of the user's own may be set-group-id, as sendmail is, and may write to a spool. Filters of a plain user would take that away. */
const LENIENT: Readonly<Record<Scope, readonly Setting[]>> = {
  system: [['ProtectSystem', 'full'], ...MOUNTS, ...FILTERS],
  user: [],
}

/** Root reads keys of whoever wrote the inventory, and writes reports to directories of others. */
function capabilities({ scope, runsOwnCommand, isPublished }: Schedule): readonly Setting[] {
  if (scope === 'user' || runsOwnCommand) return []
  return [['CapabilityBoundingSet', isPublished ? 'CAP_DAC_OVERRIDE' : 'CAP_DAC_READ_SEARCH']]
}

function temporary({ scope, usesTemporary }: Schedule): readonly Setting[] {
  return scope === 'user' || usesTemporary ? [] : [['PrivateTmp', 'yes']]
}
