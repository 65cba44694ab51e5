import { performance } from 'node:perf_hooks'
import type { Emit, Step } from '../model/events.ts'
import type { Host, ReachedHost, Wanted } from '../model/host.ts'
import type {
  Code,
  FamilyState,
  Finding,
  HostResult,
  Outcome,
  OverridableCode,
  Removal,
} from '../model/outcome.ts'
import type { Connection, Transport } from '../model/transport.ts'
import type { Root } from '../remote/become/commands.ts'
import type { CallOptions } from '../remote/call.ts'
import type { Gate } from './gate.ts'
import type { Changing } from './changing.ts'
import type { Machines } from './machines.ts'
import { savedFileFinding } from './saved-file-finding.ts'

/** One host and what it shall have. */
export interface Job {
  readonly host: Host
  readonly wanted: Wanted
}

/** Who deploys, for the receipt. */
export interface Provenance {
  readonly user: string
  readonly controller: string
  readonly version: string
  /** The git revision of the inventory; absent where there is none. */
  readonly revision?: string
}

export interface HostContext {
  readonly transport: Transport
  readonly emit: Emit
  /** Ends everything at once; guards that are armed do the rest. */
  readonly abandon: AbortSignal
  readonly provenance: Provenance
  /** Refusals that `--allow` overrides. */
  readonly allowed: ReadonlySet<OverridableCode>
  /** The machines that this run has seen. */
  readonly machines: Machines
  /**
   * Asks the person at the terminal to open a new SSH session to a host and to say whether that worked; `signal` ends the
   * question, which then is a no. Absent if nobody is there to answer.
   */
  readonly askForSession?: (host: string, seconds: number, signal: AbortSignal) => Promise<boolean>
  /** The command line that confirms an attempt by hand. */
  readonly confirmCommand: (host: string, attempt: string) => string
  /** The command line that moves a host's rules from the other backend. */
  readonly takeOverCommand: (host: string) => string
  /** Whether the run does that. */
  readonly takesOver?: boolean
  /** Whether the results shall list the generations on each host: for a report. */
  readonly wantsReceipts?: boolean
  /** Stands before the change of a host; absent: it may be changed at once. */
  readonly gate?: Gate
  /** All hosts of the inventory, selected or not, mailfw's or not, and what the run changes at the moment; absent if nothing is changed. */
  readonly inventory?: readonly ReachedHost[]
  readonly changing?: Changing
}

/** What is learned about one host while its story goes on, and the result that it ends with. */
export class Visit {
  readonly job: Job
  readonly context: HostContext
  readonly #started = performance.now()
  #connections = 0
  #address: string | undefined
  #port: number | undefined
  #families: HostResult['families'] = {}
  #removes: readonly Removal[] = []
  #generation: number | undefined
  #hold: HostResult['hold']
  #generations: HostResult['generations']
  #ports: HostResult['ports']
  #findings: readonly Finding[] = []
  /** What is told once, by a revert: a later look does not see it. */
  readonly #once = new Map<string, Finding>()

  constructor(job: Job, context: HostContext) {
    this.job = job
    this.context = context
    // Until a connection tells more.
    const { address, port, local } = job.host.login
    this.#address = local === true ? undefined : address
    this.#port = local === true ? undefined : port
  }

  get host(): Host {
    return this.job.host
  }

  /** Whether the person who runs this overrides such a refusal. */
  allows(code: OverridableCode): boolean {
    return this.context.allowed.has(code)
  }

  step(step: Step): void {
    this.context.emit({ event: 'step', host: this.host.name, step, at: new Date().toISOString() })
  }

  /** A new TCP connection and a new client. Rejects with ConnectError. */
  async connect({ seconds, address }: { seconds?: number; address?: string } = {}): Promise<Connection> {
    const started = performance.now()
    let ok = false
    try {
      const connection = await this.context.transport.connect(this.host, {
        signal: this.context.abandon,
        ...(seconds === undefined ? {} : { seconds }),
        ...(address === undefined ? {} : { address }),
      })
      if (this.host.login.local !== true) this.#connections += 1
      this.#address = connection.address
      this.#port = connection.port
      ok = true
      return connection
    } finally {
      this.#ended('connect', ok, (performance.now() - started) / 1_000)
    }
  }

  /** What `work` finds out over a connection of its own, which is closed then. Rejects with ConnectError, and as `work` does. */
  async over<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.connect()
    try {
      return await work(connection)
    } finally {
      connection.close()
    }
  }

  callOptions(seconds: number): CallOptions {
    const ended: CallOptions['ended'] = (verb, ok, took) => {
      this.#ended(verb, ok, took)
    }
    const savedFiles: CallOptions['savedFiles'] = (files) => {
      for (const finding of files.map(savedFileFinding)) this.keep(finding)
    }
    return { root: rootOf(this.host), signal: this.context.abandon, seconds, ended, savedFiles }
  }

  learn(facts: {
    families?: Readonly<Record<'v4' | 'v6', FamilyState | null>>
    removes?: readonly Removal[]
    findings?: readonly Finding[]
    generation?: number | undefined
    hold?: HostResult['hold'] | undefined
    generations?: HostResult['generations']
    ports?: HostResult['ports']
  }): void {
    if ('hold' in facts) this.#hold = facts.hold
    if (facts.generations !== undefined) this.#generations = facts.generations
    if (facts.ports !== undefined) this.#ports = facts.ports
    if (facts.removes !== undefined) this.#removes = facts.removes
    if (facts.families !== undefined) this.#families = facts.families
    if (facts.findings !== undefined) this.#findings = [...this.#findings, ...facts.findings]
    if (facts.generation !== undefined) this.#generation = facts.generation
  }

  /** A finding that stays, whatever is seen later. */
  keep(finding: Finding): void {
    this.#once.set(finding.message, finding)
  }

  /** Findings of an earlier look at the same host: all, or those of these codes. */
  forget(codes?: readonly string[]): void {
    this.#findings = this.#findings.filter(({ code }) => codes?.includes(code) === false)
  }

  result(
    outcome: Outcome,
    code: Code,
    message: string,
    more: Pick<HostResult, 'fingerprint' | 'keyScan' | 'pending' | 'fix' | 'rungs' | 'lost'> = {},
  ): HostResult {
    return {
      host: this.host.name,
      outcome,
      code,
      message,
      ...(this.#address === undefined ? {} : { address: this.#address }),
      ...(this.#port === undefined ? {} : { port: this.#port }),
      connections: this.#connections,
      seconds: Math.round(performance.now() - this.#started) / 1000,
      ...(this.#generation === undefined ? {} : { generation: this.#generation }),
      families: this.#families,
      findings: [...this.#findings, ...this.#once.values()],
      ...(this.#removes.length > 0 && { removes: this.#removes }),
      ...(this.#hold && { hold: this.#hold }),
      ...(this.#generations && { generations: this.#generations }),
      ...(this.#ports && { ports: this.#ports }),
      ...more,
    }
  }

  #ended(call: string, ok: boolean, took: number): void {
    const seconds = Math.round(took * 1_000) / 1_000
    this.context.emit({ event: 'call', host: this.host.name, call, ok, seconds })
  }
}

function rootOf({ login }: Host): Root {
  if (!login.become) return { by: 'login' }
  if (login.becomeMethod === 'doas') return { by: 'doas' }
  return login.becomePassword === undefined ? { by: 'sudo' } : { by: 'sudo', password: login.becomePassword }
}
