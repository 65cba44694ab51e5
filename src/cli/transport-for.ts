import pLimit from 'p-limit'
import type { Host } from '../model/host.ts'
import type { Transport } from '../model/transport.ts'
import type { Reporter } from '../report/reporter.ts'
import { createLocalTransport } from '../transport/local/local.ts'
import { createTransport } from '../transport/ssh.ts'
import type { FleetFlags } from './flags.ts'
import { askSecret, canAsk } from './prompt.ts'
import type { World } from './world.ts'

/** The way to each host: over ssh as the flags say, or to the machine that mailfw runs on. */
export function transportFor(flags: FleetFlags, reporter: Reporter, world: World): Transport {
  const overSsh = sshFor(flags, reporter, world)
  const here = createLocalTransport(world.home)
  const wayTo = ({ login }: Host): Transport => (login.local === true ? here : overSsh)
  return {
    connect: (host, options) => wayTo(host).connect(host, options),
    probe: (host, address, options) => wayTo(host).probe(host, address, options),
    knock: (host, port, options) => wayTo(host).knock(host, port, options),
    behind: (host, hosts, options) => wayTo(host).behind(host, hosts, options),
    close: () => {
      overSsh.close()
    },
  }
}

/** Passphrases of keys are asked for one at a time, if somebody can answer. */
function sshFor(flags: FleetFlags, reporter: Reporter, world: World): Transport {
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
