import type { Family } from '../model/family.ts'
import type { Preserve } from '../model/foreign.ts'
import type { Host, PolicyTarget, Settings } from '../model/host.ts'
import type { ServiceContext } from './service-context.ts'
import { serviceContext, sourcesOf } from './service-context.ts'

/** What the templates of one family are given. The names are those of the inventory, so they are written as there. */
export interface TemplateContext {
  readonly host: { readonly name: string; readonly groups: readonly string[] }
  readonly family: Family
  readonly settings: SettingsContext
  readonly services: readonly ServiceContext[]
  readonly policies: Readonly<Record<'input' | 'forward' | 'output', Target>>
  readonly vars: Readonly<Record<string, unknown>>
}

export interface SettingsContext {
  readonly ssh: ServiceContext
  readonly controllers: readonly string[]
  readonly blocklist: readonly string[]
  readonly ping: boolean
  readonly log_dropped: boolean
  readonly extra_rules: readonly string[]
  readonly addresses: readonly string[]
  readonly confirm_seconds: number
  readonly preserve: Preserve
}

export type Target = 'ACCEPT' | 'DROP'

/** The context for one host and family: nothing in it depends on the controller, the time or the order of a run. */
export function templateContext(host: Host, family: Family): TemplateContext {
  const { settings } = host
  return {
    host: { name: host.name, groups: host.groups },
    family,
    settings: settingsContext(settings, family),
    services: settings.services
      .map((service) => serviceContext(service, family))
      .filter((service) => service.openings.length > 0),
    policies: {
      input: TARGET[settings.policies.input],
      forward: TARGET[settings.policies.forward],
      output: TARGET[settings.policies.output],
    },
    vars: host.vars,
  }
}

const TARGET: Readonly<Record<PolicyTarget, Target>> = { accept: 'ACCEPT', drop: 'DROP' }

function settingsContext(settings: Settings, family: Family): SettingsContext {
  const ssh = serviceContext(settings.ssh, family)
  return {
    ssh,
    controllers: settings.ssh.families.includes(family) ? sourcesOf(settings.controllers, family) : [],
    blocklist: sourcesOf(settings.blocklist, family),
    ping: settings.ping,
    log_dropped: settings.logDropped,
    extra_rules: settings.extraRules[family],
    addresses: sourcesOf(settings.addresses, family),
    confirm_seconds: settings.confirmSeconds,
    preserve: settings.preserve,
  }
}
