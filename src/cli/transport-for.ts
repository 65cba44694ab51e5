import pLimit from 'p-limit'
import type { Transport } from '../model/transport.ts'
import type { Reporter } from '../report/reporter.ts'
import { createTransport } from '../transport/ssh.ts'
import type { FleetFlags } from './flags.ts'
import { askSecret, canAsk } from './prompt.ts'
import type { World } from './world.ts'

/** The way to the hosts, as the flags say; passphrases of keys are asked for one at a time, where somebody can answer. */
export function transportFor(flags: FleetFlags, reporter: Reporter, world: World): Transport {
  const oneAtATime = pLimit(1)
  return createTransport({
    acceptNewHostKeys: flags['accept-new-host-keys'] === true,
    home: world.home,
    localUser: world.localUser,
    environment: world.env,
    notice: (message, severity) => {
      reporter.event({ event: 'notice', message, ...(severity !== undefined && { severity }) })
    },
    ...(canAsk(world) && {
      askPassphrase: (question) => oneAtATime(() => reporter.aside(() => askSecret(question, world))),
    }),
  })
}
