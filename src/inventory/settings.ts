import { dirname, resolve } from 'node:path'
import type { ConfirmedBy, Policies, Settings } from '../model/host.ts'
import { DEFAULT_PRESERVE } from '../model/foreign.ts'
import type { PerFamily } from '../model/family.ts'
import type { Service } from '../model/service.ts'
import { printable } from '../lib/printable.ts'
import { blocklistFault, controllerFault, openingsFault, sshLimitFault } from './access-faults.ts'
import { isDirectory } from './directory.ts'
import { memoized } from './memo.ts'
import { readAddresses } from './own-addresses.ts'
import { conflictOf } from './port-conflicts.ts'
import { preserveOf } from './preserve.ts'
import { readProbes } from './probes.ts'
import { keepPlaces } from './settings/rule-places.ts'
import type { Setting, SettingReader } from './setting-reader.ts'
import type { SettingName } from './setting-schema.ts'
import type { Access, SourcesReader } from './sources-reader.ts'
import type { Variable, Variables } from './variable-set.ts'

/** What a host's settings need to know beside its variables. */
export interface SettingsContext {
  readonly inventoryFile: string
  readonly reader: SettingReader
  readonly sources: SourcesReader
  /** A flag that is stronger than `mailfw_confirm_seconds`. */
  readonly confirmSeconds?: number
  /** A flag that is stronger than `mailfw_confirm`. */
  readonly confirm?: ConfirmedBy
}

const CONFIRM_SECONDS = 60
/** For a person who tries a login before the answer. */
const MANUAL_SECONDS = 300
const SSH_PORT = 22
const POLICIES: Policies = { input: 'drop', forward: 'drop', output: 'accept' }
const NO_RULES: PerFamily<readonly string[]> = { v4: [], v6: [] }

/** Finishes the `mailfw_*` of hosts. What is wrong is reported, and a default stands in for it. */
export class SettingsFinisher {
  readonly #context: SettingsContext

  constructor(context: SettingsContext) {
    this.#context = context
  }

  /** `port` is the one that we log in on, where the inventory or a flag says. */
  finish(variables: Variables, { name, port }: { name: string; port: number | undefined }): Settings {
    const { reader, sources, confirmSeconds } = this.#context
    const confirm =
      this.#context.confirm ?? reader.setting(variables, 'mailfw_confirm')?.value ?? 'connection'
    const access = sources.read(variables, name)
    const written = reader.setting(variables, 'mailfw_ssh')?.value.port
    const ssh = withPort(access.ssh, written ?? port ?? SSH_PORT)
    this.#check(variables, access, ssh)
    const policies = reader.setting(variables, 'mailfw_policies')
    const rules = reader.setting(variables, 'mailfw_extra_rules')
    const templates = reader.setting(variables, 'mailfw_templates')
    const preserve = variables.get('mailfw_preserve')
    return {
      ...access,
      ssh,
      ping: reader.setting(variables, 'mailfw_ping')?.value ?? true,
      logDropped: reader.setting(variables, 'mailfw_log_dropped')?.value ?? false,
      ...(reader.setting(variables, 'mailfw_comments')?.value === false && { comments: false as const }),
      policies: policies === undefined ? POLICIES : policiesOf(policies),
      extraRules: rules === undefined ? NO_RULES : rulesOf(rules),
      preserve: preserve === undefined ? DEFAULT_PRESERVE : this.#preserve(preserve, reader),
      confirm,
      confirmSeconds:
        confirmSeconds ??
        reader.setting(variables, 'mailfw_confirm_seconds')?.value ??
        (confirm === 'manual' ? MANUAL_SECONDS : CONFIRM_SECONDS),
      probes: readProbes(variables, reader),
      ...(templates && { templates: this.#templates(templates, reader) }),
      addresses: readAddresses(variables, reader),
    }
  }

  #check(variables: Variables, { services, controllers, blocklist }: Access, ssh: Service): void {
    const blocked = this.#blocklistFault(blocklist, controllers)
    const outside = ssh.sources === 'any' ? undefined : this.#controllerFault(controllers, ssh)
    this.#report(variables, 'mailfw_blocklist', [], blocked)
    this.#report(variables, 'mailfw_controllers', [], outside)
    this.#report(variables, 'mailfw_ssh', ['limit'], sshLimitFault(ssh, controllers))
    this.#report(variables, 'mailfw_services', [], this.#openingsFault(services, controllers))
    for (const service of services) {
      const conflict = conflictOf(service, ssh)
      if (conflict === undefined) continue
      this.#report(
        variables,
        'mailfw_services',
        [service.name],
        `expected ports of its own, got ${conflict.port}, which SSH has too`,
      )
    }
  }

  #report(variables: Variables, name: SettingName, path: readonly string[], fault: string | undefined): void {
    const variable = variables.get(name)
    if (variable !== undefined && fault !== undefined) this.#context.reader.problem(variable, path, fault)
  }

  readonly #blocklistFault = memoized(blocklistFault)

  readonly #openingsFault = memoized(openingsFault)

  readonly #controllerFault = memoized(controllerFault)

  readonly #preserve = memoized((variable: Variable, { problems }: SettingReader) =>
    preserveOf(variable, problems),
  )

  readonly #templates = memoized(
    ({ variable, value }: Setting<'mailfw_templates'>, reader: SettingReader) => {
      const directory = resolve(dirname(this.#context.inventoryFile), value)
      const isThere = reader.problems.attempt(() => isDirectory(directory))
      if (isThere === false)
        reader.problem(
          variable,
          [],
          `expected a directory, got none at ${printable(directory, { most: 400 })}`,
        )
      return directory
    },
  )
}

function withPort(ssh: Service, port: number): Service {
  return { ...ssh, ports: [{ from: port, to: port }] }
}

function policiesOf({ value }: Setting<'mailfw_policies'>): Policies {
  return {
    input: value.input ?? POLICIES.input,
    forward: value.forward ?? POLICIES.forward,
    output: value.output ?? POLICIES.output,
  }
}

function rulesOf(setting: Setting<'mailfw_extra_rules'>): PerFamily<readonly string[]> {
  const rules = { v4: setting.value.v4 ?? [], v6: setting.value.v6 ?? [] }
  keepPlaces(rules, setting)
  return rules
}
