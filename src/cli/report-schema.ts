import * as z from 'zod'
import { printable } from '../lib/printable.ts'
import { ATTEMPT_COMMANDS, FLEET_COMMANDS } from '../model/command.ts'
import { FAMILIES } from '../model/family.ts'
import type { FamilyState, Generation, HostResult, PortUse, Removal } from '../model/outcome.ts'
import { CAUSES, CODES, OUTCOMES, PORT_STATES, RUNGS } from '../model/outcome.ts'
import type { Shard } from '../model/shard.ts'
import { isShard } from '../model/shard.ts'
import type { RunDocument } from '../report/reporter.ts'

type Shape<T> = { readonly [K in keyof T]-?: z.ZodType }

const text = z.string()
const word = text
  .min(1)
  .max(1_000)
  .transform((value) => printable(value))
const count = z.number().int().nonnegative()
const duration = z.number().nonnegative()
const lines = z.array(text)
/** No name that an inventory may have is anything else to a terminal or a shell. */
const host = text.regex(/^(?![-.])[\p{L}\p{M}\p{N}_.:@%+,=~-]{1,253}$/u, 'expected the name of a host')
const moment = text.refine((value) => !Number.isNaN(Date.parse(value)), 'expected a time in ISO 8601')

const GENERATION = z.object({
  n: count,
  at: text.exactOptional(),
  by: text.exactOptional(),
  version: text.exactOptional(),
  revision: text.exactOptional(),
  again: count.exactOptional(),
  otherMachine: z.literal(true).exactOptional(),
  hold: text.exactOptional(),
  changes: z.object({ v4: lines.exactOptional(), v6: lines.exactOptional() }).exactOptional(),
  against: count.exactOptional(),
} satisfies Shape<Generation>)

const STATE = z
  .object({
    live: z.enum(['as-wanted', 'differs', 'cannot-compare']).exactOptional(),
    saved: z.enum(['as-wanted', 'differs', 'absent']).exactOptional(),
    savedPath: text.exactOptional(),
    differences: z
      .array(z.object({ in: z.enum(['live', 'saved']), table: text, line: text, cause: z.enum(CAUSES) }))
      .exactOptional(),
    diff: text.exactOptional(),
  } satisfies Shape<FamilyState & { diff: string }>)
  .nullable()

const PORT = z.object({
  protocol: z.enum(['tcp', 'udp']),
  port: count,
  lastPort: count.exactOptional(),
  families: z.array(z.enum(FAMILIES)),
  program: text.exactOptional(),
  service: text.exactOptional(),
  state: z.enum(PORT_STATES),
  openTo: z.union([z.literal('any'), count]).exactOptional(),
} satisfies Shape<PortUse>)

const REMOVAL = z.object({
  family: z.enum(FAMILIES),
  in: z.enum(['live', 'saved', 'both']),
  table: text,
  line: text,
  owner: text,
} satisfies Shape<Removal>)

const HOST = z.object({
  host,
  outcome: z.enum(OUTCOMES),
  code: z.enum(CODES),
  message: text,
  fix: text.exactOptional(),
  address: text.exactOptional(),
  port: count.exactOptional(),
  rungs: z.object({ v4: z.enum(RUNGS).exactOptional(), v6: z.enum(RUNGS).exactOptional() }).exactOptional(),
  lost: z.array(text).exactOptional(),
  connections: count,
  seconds: duration,
  generation: z.union([count, GENERATION]).exactOptional(),
  families: z.object({ v4: STATE.exactOptional(), v6: STATE.exactOptional() }),
  findings: z.array(
    z.object({ code: text, severity: z.enum(['info', 'warning']), message: text, fix: text.exactOptional() }),
  ),
  removes: z.array(REMOVAL).exactOptional(),
  ports: z.array(PORT).exactOptional(),
  generations: z.array(GENERATION).exactOptional(),
  hold: GENERATION.extend({ hold: text }).exactOptional(),
  fingerprint: text.exactOptional(),
  keyScan: z.object({ before: text, host: text, after: text }).exactOptional(),
  pending: z.object({ id: text, secondsLeft: z.number() }).exactOptional(),
  reverted: z.object({ id: text, at: text, log: text }).exactOptional(),
  unfinished: z.object({ id: text }).exactOptional(),
} satisfies Shape<HostResult>)

/** The document of a run. What a later mailfw adds to it is left out. */
export const DOCUMENT = z.object({
  format: z.literal(1),
  mailfw: word,
  command: z.enum([...FLEET_COMMANDS, ...ATTEMPT_COMMANDS]),
  run: word,
  started: moment,
  inventory: word.exactOptional(),
  shard: z.custom<Shard>(isShard, 'expected K/N such as 2/8').exactOptional(),
  seconds: duration,
  exit: z.number().int().min(0).max(6),
  summary: z.unknown().transform(() => ({})),
  message: text.exactOptional(),
  hosts: z.array(HOST),
} satisfies Shape<RunDocument>) satisfies z.ZodType<RunDocument>
