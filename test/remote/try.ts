import { DEFAULT_PRESERVE } from '../../src/model/foreign.ts'
import type { Family } from '../../src/model/family.ts'
import { FAMILIES } from '../../src/model/family.ts'
import type { Host, Wanted } from '../../src/model/host.ts'
import type { Connection } from '../../src/model/transport.ts'
import type { Plan } from '../../src/host/plan.ts'
import { makePlan } from '../../src/host/plan.ts'
import type { Applied, ApplyRequest, ConfirmRequest, Receipt, Undone } from '../../src/remote/attempt.ts'
import { apply, cancel, confirm, recover, revert } from '../../src/remote/attempt.ts'
import type { CallOptions } from '../../src/remote/call.ts'
import { Refusal } from '../../src/remote/call.ts'
import type { Examination } from '../../src/remote/examine.ts'
import { examine } from '../../src/remote/examine.ts'
import { readStatus } from '../../src/remote/status.ts'
import type { LabHost } from '../lab/host.ts'
import type { LocalConnection } from './local-connection.ts'
import { localConnection } from './local-connection.ts'

/** One try on a host, step by step. */
export interface Try {
  readonly host: LabHost
  readonly connection: LocalConnection
  readonly id: string
  readonly wanted: Wanted
  readonly plan: Plan
  readonly examination: Examination
  apply(more?: Partial<ApplyRequest>, over?: Connection): Promise<Applied>
  confirm(more?: Partial<ConfirmRequest>, over?: Connection): Promise<Receipt>
  revert(options?: CallOptions): Promise<Undone>
  cancel(): ReturnType<typeof cancel>
}

export const OPTIONS: CallOptions = {
  root: { by: 'login' },
  signal: new AbortController().signal,
  seconds: 60,
}

/** Only what a plan asks of a host. */
const ANY_HOST = { settings: { preserve: DEFAULT_PRESERVE } } as unknown as Host

let tries = 0

/** Examines a host and plans how it becomes as wanted. `seconds`: until the guard reverts. */
export async function tryOn(
  host: LabHost,
  wanted: Wanted,
  seconds = 60,
  { takesOver = false } = {},
): Promise<Try> {
  const connection = localConnection(host)
  const id = `attempt${++tries}`
  const examination = await examine(connection, wanted, { ...OPTIONS, takesOver })
  const other = takesOver ? { other: 'nothing' as const } : {}
  const plan = makePlan({ host: ANY_HOST, wanted, examination, origin: 'inventory', ...other })
  return {
    host,
    connection,
    id,
    wanted,
    plan,
    examination,
    apply: (more, over = connection) =>
      apply(
        over,
        {
          ...plan,
          id,
          seconds,
          lockOption: '-w 5',
          session: '',
          generation: examination.generation,
          ...more,
        },
        OPTIONS,
      ),
    confirm: (more, over = connection) =>
      confirm(
        over,
        {
          id,
          families: plan.families,
          expected: plan.expected,
          wanted,
          canonical: plan.canonical,
          facts: examination.facts,
          receipt: `format=1\nattempt=${id}\n`,
          persists: 'rules',
          enteredAt: '',
          ...more,
        },
        OPTIONS,
      ),
    revert: (options = OPTIONS) => revert(connection, { id, by: 'run' }, options),
    cancel: () => cancel(connection, { id, bootId: examination.bootId }, OPTIONS),
  }
}

/** Makes a host as wanted, from the look to the receipt. */
export async function deploy(host: LabHost, wanted: Wanted): Promise<Try> {
  const made = await tryOn(host, wanted)
  await made.apply()
  await made.confirm()
  return made
}

export function lookAt(host: LabHost, wanted: Wanted): Promise<Examination> {
  return examine(localConnection(host), wanted, OPTIONS)
}

export function statusOf(host: LabHost, id?: string): ReturnType<typeof readStatus> {
  return readStatus(localConnection(host), OPTIONS, id)
}

export function recoverOn(host: LabHost): ReturnType<typeof recover> {
  return recover(localConnection(host), 'alice@laptop', OPTIONS)
}

/** The code of host.sh's refusal; throws where there was none. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('Expected a refusal, but the host did what it was asked for')
}

/** Live and saved of both families. */
export async function stateOf(host: LabHost): Promise<Record<string, string>> {
  const saved = 'cat /etc/iptables/rules.$f 2>&1; stat -c "%a %U %i" /etc/iptables/rules.$f 2>&1'
  const entries = await Promise.all(
    FAMILIES.map(async (family) => [
      [`live ${family}`, await host.save(family)],
      [`saved ${family}`, await host.succeed(`f=${family}; ${saved} || :`)],
    ]),
  )
  return Object.fromEntries(entries.flat()) as Record<string, string>
}

/** A ruleset that closes everything but SSH and `ports`. */
export function wantedWith(...ports: readonly number[]): Wanted {
  const rules = (family: Family) =>
    [
      `# rules.${family}`,
      '*filter',
      ':INPUT DROP [0:0]',
      ':FORWARD DROP [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      '-A INPUT -i lo -j ACCEPT',
      '-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
      ...[22, ...ports].map((port) => `-A INPUT -p tcp -m tcp --dport ${port} -j ACCEPT`),
      'COMMIT',
      '',
    ].join('\n')
  return { v4: rules('v4'), v6: rules('v6') }
}

/** Puts a script in front of a program of a host. The program itself is still in /usr/sbin or /usr/bin. */
export async function stub(host: LabHost, program: string, script: string): Promise<void> {
  const path = `/usr/local/sbin/${program}`
  await host.succeed(`cat >${path}.new; chmod 755 ${path}.new; mv ${path}.new ${path}`, {
    input: `#!/bin/sh\n${script}\n`,
  })
}

/** Waits on the host until a shell condition holds. */
export async function until(host: LabHost, condition: string): Promise<void> {
  await host.succeed(`until ${condition}; do sleep 0.05; done`, { timeoutSeconds: 40 })
}

/** Waits until an attempt has come to its end, and says which. */
export async function endOf(host: LabHost): Promise<string> {
  const attempt = '/run/mailfw/attempt'
  await until(
    host,
    `[ ! -d ${attempt} ] || ls ${attempt} | grep -qE '^state.[a-z-]*ed$' && ! ls ${attempt} | grep -qE '^state.(armed|applied|prepared)$'`,
  )
  const states = await host.succeed(`ls ${attempt} 2>/dev/null | sed -n 's/^state[.]//p'`)
  return states.trim()
}

/** What of ours is left on a host: processes, and files beside those that it keeps. */
export async function leftOn(host: LabHost): Promise<string> {
  return host.succeed(`
    for process in /proc/[0-9]*; do
      tr '\\0' ' ' <$process/cmdline 2>/dev/null | grep -E "/run/[m]ailfw|[t]ables-restore|^[s]leep 100|^[s]h -s" || :
    done
    find /etc/iptables /etc/sysconfig -name '.*' 2>/dev/null || :
    find /var/lib/mailfw -name 'intent*' -o -name '.new*' 2>/dev/null || :
  `)
}
