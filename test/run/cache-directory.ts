import { join } from 'node:path'

/** Where the tests keep what takes long to get: nothing else reads or writes there. */
export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] ?? '/var/cache', 'mailfw-test')
}
