import type { LimitContext } from './limit.ts'
import type { ServiceContext } from './service-context.ts'
import type { Shape, ShapeOf } from './shape.ts'
import { any, list, map, text } from './shape.ts'
import type { TemplateContext } from './template-context.ts'

const LIMIT = map('new connections that one source may open; null: any number', {
  rate: text('such as `30/min`'),
  burst: text('how many at once'),
  name: text('of the hashlimit table; it changes with the limit, as it must'),
  expire: text('milliseconds until a silent source is forgotten'),
}) satisfies ShapeOf<LimitContext>

const SERVICE = map('a service that is open in this family', {
  name: text('such as `smtp`'),
  protocol: text('`tcp` or `udp`'),
  ports: list('in as few groups as rules can hold', text('`25` or `465,587,1000:1010`')),
  openings: list(
    'one for each rule that opens it',
    map('who may reach which ports', {
      source: text('`203.0.113.0/24`; null: any'),
      protocol: text('`tcp` or `udp`'),
      ports: text('one of those groups'),
    }),
  ),
  limit: LIMIT,
  connections: text('at once from one source; null: any number'),
  connections_chain: text('that counts them, if several rules open the service; null: its one rule counts'),
  source_bits: text('of an address that make one source: 32, or 64 in IPv6'),
}) satisfies ShapeOf<ServiceContext>

/** Every name that a template may use, with its meaning. */
export const CONTEXT = map('what a template is given', {
  host: map('the host', {
    name: text('as the inventory calls it'),
    groups: list('that hold it, sorted, without `all`', text('a group')),
  }),
  family: text('`v4` or `v6`'),
  settings: map('the resolved `mailfw_*`, of this family', {
    ssh: SERVICE,
    controllers: list('`mailfw_controllers`', text('an address or network')),
    blocklist: list('`mailfw_blocklist`', text('an address or network')),
    ping: text('`mailfw_ping`'),
    log_dropped: text('`mailfw_log_dropped`'),
    extra_rules: list('`mailfw_extra_rules`', text('one rule, beginning with `-A`')),
    addresses: list('`mailfw_addresses`', text('an address')),
    confirm_seconds: text('`mailfw_confirm_seconds`'),
    preserve: map('`mailfw_preserve` with the defaults', {
      chains: list('of other programs', text('a glob')),
      sets: list('of other programs', text('a glob')),
      lists: list('of other programs (`recent`)', text('a glob')),
      interfaces: list('of other programs', text('a glob')),
      comments: list('on rules of other programs', text('a glob')),
      rules: list('of other programs', text('a rule with ADDRESS, PORT, INTERFACE')),
    }),
  }),
  services: list('the services that are open in this family, SSH excepted', SERVICE),
  policies: map('`mailfw_policies`, as iptables writes them', {
    input: text('`ACCEPT` or `DROP`'),
    forward: text('`ACCEPT` or `DROP`'),
    output: text('`ACCEPT` or `DROP`'),
  }),
  vars: any('all variables of the host, your own included'),
}) satisfies ShapeOf<TemplateContext>

export interface ContextName {
  /** `services[].limit.rate`: `[]` stands for each item of a list. */
  readonly name: string
  readonly means: string
}

/** The same as a flat list, in order: what the README's reference lists. */
export const CONTEXT_NAMES: readonly ContextName[] = Object.entries(CONTEXT.names).flatMap(([name, shape]) =>
  flatten(name, shape),
)

function flatten(name: string, shape: Shape): ContextName[] {
  const here = { name, means: shape.means }
  switch (shape.kind) {
    case 'text':
    case 'any':
      return [here]
    case 'list':
      return shape.of.kind === 'map' ? [here, ...flattenNames(`${name}[]`, shape.of.names)] : [here]
    case 'map':
      return [here, ...flattenNames(name, shape.names)]
  }
}

function flattenNames(prefix: string, names: Readonly<Record<string, Shape>>): ContextName[] {
  return Object.entries(names).flatMap(([name, shape]) => flatten(`${prefix}.${name}`, shape))
}
