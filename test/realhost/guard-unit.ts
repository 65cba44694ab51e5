import type { LabHost } from '../lab/host.ts'

/** The service by which systemd runs the guard of the attempt that is pending on a host. */
export interface GuardUnit {
  readonly name: string
  /** Of its main process; 0 while it has none. */
  readonly pid: () => Promise<number>
}

export async function guardUnit(host: LabHost): Promise<GuardUnit> {
  const name = `mailfw-guard-${(await host.succeed('cat /run/mailfw/attempt/id')).trim()}.service`
  return {
    name,
    pid: async () => Number(await host.succeed(`systemctl show --property MainPID --value ${name}`)),
  }
}

/** The names of all services of ours that systemd knows, whatever they do. */
export async function guardUnits(host: LabHost): Promise<readonly string[]> {
  const list = await host.succeed("systemctl list-units --all --plain --no-legend 'mailfw-*'")
  return list.split('\n').flatMap((line) => line.split(' ')[0] || [])
}
