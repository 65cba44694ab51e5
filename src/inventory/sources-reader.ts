import type { Network } from '../model/network.ts'
import type { Service } from '../model/service.ts'
import { memoized } from './memo.ts'
import { namedNetworks } from './named-networks.ts'
import { portConflicts } from './port-conflicts.ts'
import { UnknownNetworks } from './access/unknown-networks.ts'
import type { Tell } from './service-list.ts'
import { serviceList, sshService } from './service-list.ts'
import type { Setting, SettingReader } from './setting-reader.ts'
import type { SourceNames } from './sources.ts'
import { resolveSources } from './sources.ts'
import type { Variable, Variables } from './variable-set.ts'

/** The settings that name sources, with every source looked up. */
export interface Access {
  readonly services: readonly Service[]
  /** On port 22, where the setting gives no other. */
  readonly ssh: Service
  readonly controllers: readonly Network[]
  readonly blocklist: readonly Network[]
}

const NO_NETWORKS: readonly Network[] = []

/** Looks sources up, once for all hosts that share the variables; what is wrong is reported once, too. */
export class SourcesReader {
  readonly #group: SourceNames['group']
  readonly #reader: SettingReader
  readonly #withoutNetworks: SourceNames
  readonly #openSsh: Service
  readonly #unknown = new UnknownNetworks()

  constructor(group: SourceNames['group'], reader: SettingReader) {
    this.#group = group
    this.#reader = reader
    this.#withoutNetworks = { networks: new Map(), group }
    this.#openSsh = sshService({}, 22, this.#withoutNetworks, () => undefined)
  }

  read(variables: Variables, host: string): Access {
    const networks = this.#reader.setting(variables, 'mailfw_networks')
    const names = networks === undefined ? this.#withoutNetworks : this.#names(networks, this.#reader)
    this.#unknown.has(names, host)
    const services = this.#reader.setting(variables, 'mailfw_services')
    const ssh = this.#reader.setting(variables, 'mailfw_ssh')
    const controllers = this.#reader.setting(variables, 'mailfw_controllers')
    const blocklist = this.#reader.setting(variables, 'mailfw_blocklist')
    return {
      services: services === undefined ? [] : this.#services(services, names),
      ssh: ssh === undefined ? this.#openSsh : this.#ssh(ssh, names),
      controllers: controllers === undefined ? NO_NETWORKS : this.#list(controllers, names),
      blocklist: blocklist === undefined ? NO_NETWORKS : this.#list(blocklist, names),
    }
  }

  /** Reports names of networks that hosts lack; all hosts were read by then. */
  report(): void {
    this.#unknown.report(this.#reader)
  }

  readonly #names = memoized((setting: Setting<'mailfw_networks'>, reader: SettingReader): SourceNames => {
    const faults: Parameters<Tell>[] = []
    const networks = namedNetworks(setting, this.#group, (...fault) => faults.push(fault))
    const names = { networks, group: this.#group }
    for (const fault of faults) this.#tell(setting.variable, names, reader)(...fault)
    return names
  })

  #tell(variable: Variable, names: SourceNames, reader = this.#reader): Tell {
    return (path, message, unknown) => {
      if (unknown === undefined) reader.problem(variable, path, message)
      else this.#unknown.add(unknown, { variable, path, message, names })
    }
  }

  readonly #services = memoized((setting: Setting<'mailfw_services'>, names: SourceNames) => {
    const services = serviceList(setting, names, this.#reader, this.#tell(setting.variable, names))
    for (const { service, other, port } of portConflicts(services)) {
      this.#reader.problem(
        setting.variable,
        [service],
        `expected ports of its own, got ${port}, which "${other}" has too`,
      )
    }
    return services
  })

  readonly #ssh = memoized((setting: Setting<'mailfw_ssh'>, names: SourceNames) =>
    sshService(setting.value, setting.value.port ?? 22, names, this.#tell(setting.variable, names)),
  )

  readonly #list = memoized(
    (setting: Setting<'mailfw_controllers' | 'mailfw_blocklist'>, names: SourceNames) =>
      resolveSources(setting.value, names, (index, ...fault) => {
        this.#tell(setting.variable, names)([String(index)], ...fault)
      }),
  )
}
