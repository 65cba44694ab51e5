import type { LabHost } from '../lab/host.ts'
import type { HostNetwork } from './hosts/host-network.ts'
import type { DeployRun } from './deploy-run.ts'

/** What a fault has at hand while its host stands still. */
export interface Stage {
  readonly host: LabHost
  readonly hasIpv6: boolean
  /** The other machine of the case. */
  readonly partner?: LabHost
  /** Runs a script on the controller, which must succeed. */
  readonly onController: (script: string) => Promise<void>
  /** The controller's way to the host. */
  readonly network: HostNetwork
  readonly run: DeployRun
  /** Another run against the same host, to its end or until it has waited for some seconds. */
  readonly secondRun: () => Promise<void>
  /** Nothing but time. */
  readonly pause: () => Promise<void>
}

/** Runs a script on the host, which must succeed. */
export async function onHost({ host }: Stage, script: string): Promise<void> {
  await host.succeed(script)
}

/** Whether a script succeeds on the host. */
export async function isOnHost({ host }: Stage, script: string): Promise<boolean> {
  return (await host.run(script)).code === 0
}
