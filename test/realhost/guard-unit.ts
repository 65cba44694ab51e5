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
