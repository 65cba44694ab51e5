import type { Behind } from '../model/transport.ts'

/** What a run changes at the moment, so that a host does not blame itself, or its jump host, for what another one does. */
export class Changing {
  readonly #hosts = new Set<string>()
  readonly #jumpHosts = new Map<string, string>()

  begin(host: string): void {
    this.#hosts.add(host)
  }

  end(host: string): void {
    this.#hosts.delete(host)
  }

  has(host: string): boolean {
    return this.#hosts.has(host)
  }

  leadsTo(jumpHost: string, behind: readonly Behind[]): void {
    for (const { name } of behind) this.#jumpHosts.set(name, jumpHost)
  }

  /** The host that leads to this one, if the run has changed it, or tried to. */
  jumpHostOf(host: string): string | undefined {
    return this.#jumpHosts.get(host)
  }
}
