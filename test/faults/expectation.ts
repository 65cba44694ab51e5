import { readFileSync } from 'node:fs'
import { MAILFW, OPEN } from '../e2e/mailfw.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import type { Case } from './cases.ts'
import { nameOf } from './hosts/fault-host.ts'
import { wayVars } from './hosts/ways.ts'
import { windowOf } from './faults/window.ts'
import type { ByFamily, FamilyName } from './oracle/look.ts'
import { lookAt } from './oracle/look.ts'
import type { Rules } from './oracle/rules.ts'
import { readRules, tablesOf } from './oracle/rules.ts'
import type { Expectation } from './oracle/state.ts'

/** An inventory of all hosts, and what is rendered of it. */
export interface Rendered {
  readonly inventory: string
  readonly rendered: string
}

/** Writes an inventory of all hosts, each with what its case's fault needs if it is disturbed, and renders it. */
export async function inventoryOf(
  lab: Lab,
  cases: readonly Case[],
  name: 'disturbed' | 'calm',
  confirmSeconds: number,
): Promise<Rendered> {
  const all = { ...OPEN, mailfw_confirm_seconds: confirmSeconds }
  const hosts = Object.assign(
    {},
    ...cases.map((tried, index) => {
      const ways = wayVars(lab, tried, index)
      const host = nameOf(index)
      const vars = name === 'disturbed' ? { ...windowOf(tried.fault), ...tried.fault.vars } : {}
      return { ...ways, [host]: { ...ways[host], ...vars } }
    }),
  ) as Readonly<Record<string, Readonly<Record<string, unknown>>>>
  const inventory = await lab.inventory({ all, hosts }, `${name}.yaml`)
  const rendered = `${lab.home}/${name}`
  const { code, stderr } = await lab.controller([...MAILFW, 'render', inventory, '--out', rendered])
  if (code !== 0) throw new Error(`Expected rendered files, got: ${stderr}`)
  return { inventory, rendered }
}

/** What a host has before the run, and what it is to get. */
export async function expectationOf(lab: Lab, host: LabHost, { rendered }: Rendered): Promise<Expectation> {
  const before = await lookAt(lab, host)
  const loaded = await printedBy(host, before.saved)
  return { before, loaded, ...(await wantedOf(host, rendered)) }
}

type Wanted = Pick<Expectation, 'wanted' | 'wantedText' | 'wantedTables'>

/** What a host is to get. */
export async function wantedOf(host: LabHost, rendered: string): Promise<Wanted> {
  const read = (family: FamilyName) => readFileSync(`${rendered}/${host.name}/rules.${family}`, 'utf8')
  const wantedText = { v4: read('v4'), v6: read('v6') }
  return {
    wantedText,
    wanted: await printedBy(host, wantedText),
    wantedTables: { v4: tablesOf(wantedText.v4), v6: tablesOf(wantedText.v6) },
  }
}

/** What a host's own iptables prints when these texts are all that is loaded: in a network of nobody's. */
async function printedBy(host: LabHost, texts: ByFamily<string | undefined>): Promise<ByFamily<Rules>> {
  const print = async (command: string, text: string | undefined) =>
    text === undefined
      ? new Map()
      : readRules(
          await host.succeed(`unshare -n sh -c '/usr/sbin/${command}-restore && ${command}-save'`, {
            input: text,
          }),
        )
  const [v4, v6] = await Promise.all([print('iptables', texts.v4), print('ip6tables', texts.v6)])
  return { v4, v6 }
}
