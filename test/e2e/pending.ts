import { vi } from 'vitest'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { insteadOfCall } from './between-calls.ts'
import { startDeploy } from './mailfw.ts'

const CONFIRM = 3
const HANG = 'exec sleep 1000\n'

/** A host at which the first confirmation hangs, so that whoever sent it can be killed meanwhile. */
export function hanging(spec: HostSpec): HostSpec {
  const { setup, sshdOptions } = insteadOfCall({ [CONFIRM]: HANG })
  return {
    ...spec,
    sshdOptions,
    setup: `${setup}${spec.setup ?? ''}touch /etc/calls\nchmod 666 /etc/calls\n`,
  }
}

/** Deploys to such hosts, and kills the run when all of them are applied; the attempts by the names of the hosts. */
export async function leavePending(
  lab: Lab,
  inventory: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const run = startDeploy(lab, inventory, '--limit', names.join(','))
  for (const name of names) {
    await vi.waitUntil(
      async () => (await lab.host(name).run('wc -l </etc/calls')).stdout === `${CONFIRM}\n`,
      {
        timeout: 30_000,
      },
    )
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
[ "$(readlink /proc/self/ns/net)" != "$(readlink /proc/1/ns/net)" ] || exit 1
exec iptables-nft-restore "$@"
END
chmod 755 /usr/sbin/iptables-restore
`

export const MEND_RESTORE = 'ln -sf xtables-nft-multi /usr/sbin/iptables-restore'
