import type { LabHost } from '../lab/host.ts'

/** The name of the service by which systemd runs the guard of the attempt that is pending on a host. */
export async function guardUnit(host: LabHost): Promise<string> {
  return `mailfw-guard-${(await host.succeed('cat /run/mailfw/attempt/id')).trim()}.service`
}

/** The names of all services of ours that systemd knows, whatever they do. */
export async function guardUnits(host: LabHost): Promise<readonly string[]> {
  const list = await host.succeed("systemctl list-units --all --plain --no-legend 'mailfw-*'")
  return list.split('\n').flatMap((line) => line.split(' ')[0] || [])
}
