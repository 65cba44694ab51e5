import * as z from 'zod'
import type { Family } from '../model/family.ts'
import { FAMILIES } from '../model/family.ts'
import { CONFIRMED_BY } from '../model/host.ts'
import { WHEN_EXCEEDED } from '../model/rollout.ts'
import type { PortRange } from '../model/service.ts'
import { extraRuleFault, shapeFault } from './extra-rule.ts'
import { HOST_SHARE, HOST_SHARES, hostShare, hostShares } from './host-share.ts'
import { limitSchema } from './limit-schema.ts'
import {
  boundedList,
  closedMap,
  expected,
  filledText,
  flag,
  flagOf,
  listOrOne,
  oneOf,
  openMap,
  parsedText,
  texts,
  wholeNumber,
} from './schema-parts.ts'
import { isMap } from './value-tree.ts'

/** XT_EXTENSION_MAXNAMELEN, IPSET_MAXNAMELEN, XT_RECENT_NAME_LEN and IFNAMSIZ are less. */
const NAME_CHARACTERS = 200
/** XT_MAX_COMMENT_LEN. */
const COMMENT_CHARACTERS = 255
/** Each `*` multiplies the time that a pattern may take. */
const MOST_STARS = 3

const NETWORK = 'an address, a network, a name of mailfw_networks or group:NAME'

const MOST_PORTS = 1_000

const port = () => wholeNumber(1, 65_535, 'a port')
const sources = () => texts(`any, ${NETWORK}`)
const families = () =>
  z.array(oneOf(FAMILIES), expected('a list of v4 and v6')).min(1, expected('at least one of v4 and v6'))
const batches = () => z.preprocess(batchText, parsedText(HOST_SHARES, hostShares))
const failures = () =>
  z.preprocess(
    batchText,
    parsedText(HOST_SHARE, (text) => hostShare(text, 0)),
  )
const connections = () => wholeNumber(1, 65_535, 'a number of connections')

const access = {
  from: sources().nullish(),
  families: families().nullish(),
  limit: limitSchema().nullish(),
  connections: connections().nullish(),
}

/** One service. Each is read for itself, so that a wrong one hides no problem of the others. */
export const SERVICE_SCHEMA = closedMap(
  {
    ...access,
    port: port().nullish(),
    ports: boundedList(
      'ports and ranges such as "1000-1010"',
      z.union([portRange(), port()], expected('a port or a range such as "1000-1010"')),
      MOST_PORTS,
    ).nullish(),
    protocol: oneOf(['tcp', 'udp']).nullish(),
  },
  ', or {} for its defaults',
)

const target = () => oneOf(['accept', 'drop']).nullish()
const preserveMap = closedMap({
  chains: globs(NAME_CHARACTERS),
  sets: globs(NAME_CHARACTERS),
  lists: globs(NAME_CHARACTERS),
  interfaces: globs(NAME_CHARACTERS),
  comments: globs(COMMENT_CHARACTERS),
  rules: shapes(),
})

const probesMap = closedMap(
  {
    services: texts('the name of a service').nullish(),
    timeout_seconds: wholeNumber(1, 60, 'a number of seconds').nullish(),
    banner: flag().nullish(),
  },
  ', or false',
)

/** One entry of `mailfw_networks`. */
export const NETWORK_SCHEMA = texts(NETWORK)

/** Every variable of mailfw: what may be written there. A key of a map that is null was removed. */
export const SETTING_SCHEMAS = {
  mailfw_services: openMap('a map of services, such as { smtp: {} }'),
  mailfw_ssh: closedMap({ ...access, port: port().nullish() }, ' (SSH cannot be switched off)'),
  mailfw_networks: openMap('a map of names, each with a list of networks'),
  mailfw_controllers: texts(NETWORK),
  mailfw_blocklist: texts(NETWORK),
  mailfw_addresses: texts('an address'),
  /** For the machine that mailfw runs on, beside ansible_connection: local. */
  mailfw_local: flag(),
  mailfw_ping: flag(),
  mailfw_log_dropped: flag(),
  mailfw_comments: flag(),
  mailfw_policies: closedMap({ input: target(), forward: target(), output: target() }),
  mailfw_confirm: oneOf(CONFIRMED_BY),
  mailfw_confirm_seconds: wholeNumber(10, 3_600, 'a number of seconds'),
  mailfw_probes: z.preprocess((value) => (flagOf(value) === false ? { services: [] } : value), probesMap),
  mailfw_templates: z.string(expected('the name of a directory')).min(1, expected('the name of a directory')),
  mailfw_extra_rules: closedMap({ v4: extraRules('v4'), v6: extraRules('v6') }),
  /** One for all hosts: it is read by itself. */
  mailfw_rollout: z.preprocess(
    (value) => (isMap(value) ? value : { batch: value }),
    closedMap({
      batch: batches().nullish(),
      apart: listOrOne('groups', filledText('the name of a group')).nullish(),
      max_failures: failures().nullish(),
      when_exceeded: oneOf(WHEN_EXCEEDED).nullish(),
    }),
  ),
  /** Each level for itself: they add up. */
  mailfw_preserve: z.preprocess(
    (value) => (Array.isArray(value) || typeof value === 'string' ? { chains: value, sets: value } : value),
    preserveMap,
  ),
} as const

export type SettingName = keyof typeof SETTING_SCHEMAS

export type SettingValue<Name extends SettingName> = z.infer<(typeof SETTING_SCHEMAS)[Name]>

export type SshSpec = SettingValue<'mailfw_ssh'>

export type ServiceSpec = z.infer<typeof SERVICE_SCHEMA>

function portRange() {
  const range = expected('a range of ports such as "1000-1010"')
  return z.string(range).transform((text, context): PortRange => {
    const [, from, to] = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(text) ?? []
    const ports = { from: Number(from), to: Number(to) }
    if (ports.from >= 1 && ports.from <= ports.to && ports.to <= 65_535) return ports
    context.issues.push({ code: 'custom', input: text, message: range.error({ input: text }) })
    return z.NEVER
  })
}

/** A number, a text such as `1,10%`, or a list of both; anything else comes back as it is. */
function batchText(value: unknown): unknown {
  if (typeof value === 'number') return String(value)
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MOST_BATCHES
  return isList && value.every((item) => typeof item === 'number' || typeof item === 'string')
    ? value.join(',')
    : value
}

const MOST_BATCHES = 100

/** They become one expression for every line of iptables-save, here and on the host. */
function globs(longest: number) {
  const what = `a name of at most ${longest} characters on one line with at most ${MOST_STARS} *`
  const isGlob = (name: string) =>
    name.length <= longest && !/\p{C}|[\p{Zl}\p{Zp}]/u.test(name) && name.split('*').length <= MOST_STARS + 1
  return listOrOne('names', filledText(what).refine(isGlob, expected(what))).nullish()
}

function shapes() {
  const what = 'a rule such as "-A INPUT -s ADDRESS -j DROP"'
  const shape = z.string(expected(what)).superRefine((text, context) => {
    const fault = shapeFault(text)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  })
  return listOrOne('rules', shape).nullish()
}

function extraRules(family: Family) {
  const what = 'a rule such as "-A INPUT -p tcp --dport 9100 -j ACCEPT"'
  const rule = z.string(expected(what)).superRefine((text, context) => {
    const fault = extraRuleFault(text, family)
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
  })
  return boundedList('rules', rule).nullish()
}
