import { vi } from 'vitest'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { insteadOfCall } from './between-calls.ts'
import { startDeploy, TAKES_RULES } from './mailfw.ts'

/** Examine, apply, confirm: the third call is the one that hangs. */
const HANG_AT_CONFIRM = `
  number=$(($(wc -l </etc/calls) + 3))
  echo 'exec sleep 1000' >/etc/call.$number
  chmod 644 /etc/call.$number
  echo $number
`

/** A host at which a confirmation can be made to hang. */
export function hanging(spec: HostSpec): HostSpec {
  const { setup, sshdOptions } = insteadOfCall({})
  return {
    ...spec,
    sshdOptions,
    setup: `${setup}${spec.setup ?? ''}touch /etc/calls\nchmod 666 /etc/calls\n`,
  }
}

/**
 * Deploys to such hosts, and kills the run when all of them are applied and wait for what it confirms; the attempts by
 * the names of the hosts.
 */
export async function leavePending(
  lab: Lab,
  inventory: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const calls = await Promise.all(names.map((name) => lab.host(name).succeed(HANG_AT_CONFIRM)))
  const run = startDeploy(lab, inventory, '--limit', names.join(','), '--batch', '100%', ...TAKES_RULES)
  for (const [index, name] of names.entries()) {
    const hasCome = async () => (await lab.host(name).run('wc -l </etc/calls')).stdout === calls[index]
    await vi.waitUntil(hasCome, { timeout: 30_000 })
  }
  run.child.kill('SIGKILL')
  await run.ended
  const ids = await Promise.all(
    names.map(async (name) => {
      const id = await lab.host(name).succeed('cat /run/mailfw/attempt/id')
      return [name, id.trim()] as const
    }),
  )
  return new Map(ids)
}

/** Ends the guard of an attempt, without a word from it. */
export const KILL_GUARD = 'read -r pid start </run/mailfw/attempt/guard && kill -9 "$pid"'

/** iptables-restore that refuses everything but what is tried in a scratch namespace. */
export const BREAK_RESTORE = `rm /usr/sbin/iptables-restore
cat >/usr/sbin/iptables-restore <<'END'
#!/bin/sh
[ "$1" != -V ] || exec iptables-nft-restore -V
[ "$(readlink /proc/self/ns/net)" != "$(readlink /proc/1/ns/net)" ] || exit 1
exec iptables-nft-restore "$@"
END
chmod 755 /usr/sbin/iptables-restore
`

export const MEND_RESTORE = 'ln -sf xtables-nft-multi /usr/sbin/iptables-restore'
