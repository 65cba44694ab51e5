import type { HostResult } from '../model/outcome.ts'
import type { Objection } from './objections.ts'

/** Which machine each host of a run turned out to be, so that no machine is changed under two names. */
export class Machines {
  readonly #byMachine = new Map<string, Holder>()

  /**
   * The other host that is this machine, if that keeps `host` from being changed: it came first, or it came second and
   * `host` was not changed yet.
   */
  claim(machine: string | undefined, host: string): Namesake | undefined {
    if (machine === undefined) return undefined
    const holder = this.#byMachine.get(machine) ?? { host, isChanged: false }
    this.#byMachine.set(machine, holder)
    if (holder.host !== host) {
      holder.namesake ??= host
      return { host: holder.host, isChanged: holder.isChanged }
    }
    return this.#namesakeOf(holder)
  }

  /** As `claim`, right before a host is changed: without an answer it is in hand, and only its namesakes are refused. */
  hold(machine: string | undefined, host: string): Namesake | undefined {
    const namesake = this.claim(machine, host)
    const holder = machine === undefined ? undefined : this.#byMachine.get(machine)
    if (namesake === undefined && holder) holder.isChanged = true
    return namesake
  }

  /** What became of hosts that ended before their namesake was found: nobody knows whose machine it was. */
  reconsider(results: readonly HostResult[]): readonly HostResult[] {
    const namesakes = new Map(
      [...this.#byMachine.values()].map((holder) => [holder.host, this.#namesakeOf(holder)]),
    )
    return results.flatMap((result) => {
      const namesake = namesakes.get(result.host)
      if (namesake === undefined || !AS_SEEN.has(result.outcome)) return []
      const { code, message } = sameMachine(namesake)
      return [{ ...result, outcome: 'failed', code, message: `${message}; nothing was changed` }]
    })
  }

  #namesakeOf({ namesake, isChanged }: Holder): Namesake | undefined {
    return namesake === undefined || isChanged ? undefined : { host: namesake, isChanged: false }
  }
}

/** Outcomes that only say how a host was found. */
const AS_SEEN: ReadonlySet<HostResult['outcome']> = new Set(['unchanged', 'would-change', 'held'])

interface Holder {
  readonly host: string
  isChanged: boolean
  /** The first other host that turned out to be this machine. */
  namesake?: string
}

export interface Namesake {
  readonly host: string
  /** This run has changed it, or is about to. */
  readonly isChanged: boolean
}

/** Why a host must not be changed that is the machine of another one. */
export function sameMachine({ host, isChanged }: Namesake): Objection {
  const which = isChanged ? `the machine that this run changes as ${host}` : `the same machine as ${host}`
  return {
    code: 'same-machine',
    message: `this is ${which} (one boot id and network namespace); correct ansible_host, DNS or ssh_config, or list it once`,
  }
}
