import { join } from 'node:path'

/**
 * Where mailfw keeps what is its own on this machine, for this account. Not `$XDG_RUNTIME_DIR`: a login shell has one,
 * and cron, sudo and system services have none, so that two runs of one account would not see each other.
 */
export function stateDirectory(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  const stated = environment['XDG_STATE_HOME'] ?? ''
  // The XDG specification: a relative path is invalid and to be ignored.
  return join(stated.startsWith('/') ? stated : join(home, '.local', 'state'), 'mailfw')
}
