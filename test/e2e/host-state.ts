import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'

/** All that a deploy may change on a host: live rules of both families, saved files with owner and mode. */
export interface HostState {
  readonly live: Readonly<Record<'v4' | 'v6', string>>
  readonly saved: string
}

/** Tables that hold nothing are left out: a table that is absent equals an empty one with ACCEPT policies. */
export async function stateOf(host: LabHost): Promise<HostState> {
  const [v4, v6, saved] = await Promise.all([host.save('v4'), host.save('v6'), savedFiles(host)])
  return { live: { v4: withoutEmptyTables(v4), v6: withoutEmptyTables(v6) }, saved }
}

/** The same of every host, by name. */
export async function statesOf({ hosts }: Lab): Promise<ReadonlyMap<string, HostState>> {
  const states = [...hosts.values()].map(async (host) => [host.name, await stateOf(host)] as const)
  return new Map(await Promise.all(states))
}

/** The saved files with owner, mode and bytes; nothing of ours beside them goes unseen. */
function savedFiles(host: LabHost): Promise<string> {
  return host.succeed(
    'cd /etc/iptables && find . -mindepth 1 -printf "%p %u %g %m\\n" | sort && find . -type f | sort | xargs -r sha256sum',
  )
}

/** A table that is absent equals an empty one with ACCEPT policies. */
export function withoutEmptyTables(text: string): string {
  return text
    .split(/^(?=\*)/m)
    .filter((table) => table.split('\n').some((line) => /^-A|^:\S+ (DROP|-)/.test(line)))
    .join('')
}

/** The lines that add rules to a chain, in their order. */
export function rulesOf(live: string, chain: string): readonly string[] {
  return live.split('\n').filter((line) => line.startsWith(`-A ${chain} `))
}
