import type { LabHost } from '../lab/host.ts'
import type { HostNetwork } from './host-network.ts'
import type { DeployRun } from './deploy-run.ts'

/** What a fault has at hand while its host stands still. */
export interface Stage {
  readonly host: LabHost
  readonly hasIpv6: boolean
  /** The controller's way to the host. */
  readonly network: HostNetwork
  readonly run: DeployRun
  /** Another run against the same host, to its end or until it has waited for some seconds. */
  readonly secondRun: () => Promise<void>
  /** Nothing but time. */
  readonly pause: () => Promise<void>
}
