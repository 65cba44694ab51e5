import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { RunCommand } from '../../src/model/command.ts'
import type { RunEvent } from '../../src/model/events.ts'
import type { CleanResult } from '../../src/report/clean.ts'
import type { RunDocument } from '../../src/report/reporter.ts'
import type { CommandResult } from '../lab/command.ts'
import type { Lab } from '../lab/lab.ts'

/** The built command, as an administrator has it. */
export const MAILFW: readonly string[] = ['node', `${import.meta.dirname}/../../dist/main.js`]

/** A window that is as short as the inventory allows. */
export const SHORTEST = 10

/** Variables for hosts that everybody may reach. */
export const OPEN = { mailfw_services: { smtp: {}, imaps: {} }, mailfw_confirm_seconds: SHORTEST }

/** Variables that leave the controller out, over IPv4 and IPv6. */
export const CLOSED = { ...OPEN, mailfw_ssh: { from: ['203.0.113.9', '2001:db8:ffff::9'] } }

/** For a first deploy on a host whose own rules go. */
export const TAKES_RULES = ['--allow', 'first-deploy-removes'] as const

/** A run that has ended: its document and its exit code. */
export interface Run extends RunDocument {
  /** The exit code of the process; `exit` is what the document says. */
  readonly code: number | null
  readonly stderr: string
  /** What became of a host; throws where the run had none of that name. */
  readonly host: (name: string) => CleanResult
}

/** Runs `mailfw VERB INVENTORY --output json WORD...` on the controller. */
export async function mailfw(
  lab: Lab,
  verb: RunCommand,
  inventory: string,
  ...more: readonly string[]
): Promise<Run> {
  const words = [...MAILFW, verb, inventory, '--output', 'json', ...more]
  return readRun(await lab.controller(words, { timeoutSeconds: 110 }))
}

function readRun({ code, stdout, stderr }: CommandResult): Run {
  if (!stdout.startsWith('{'))
    throw new Error(`Expected a document, got exit code ${String(code)}: ${stderr}`)
  const document = JSON.parse(stdout) as RunDocument
  return { ...document, code, stderr, host: (name) => resultOf(document.hosts, name) }
}

/** Renders every host into a directory of the controller's home; the files are `DIRECTORY/<host>/rules.v4`. */
export async function render(lab: Lab, inventory: string): Promise<string> {
  const directory = `${lab.home}/rendered`
  const { code, stderr } = await lab.controller([...MAILFW, 'render', inventory, '--out', directory])
  if (code !== 0) throw new Error(`Expected rendered files, got exit code ${String(code)}: ${stderr}`)
  return directory
}

/** A run that goes on, told event by event. */
export interface LiveRun {
  readonly child: ChildProcess
  readonly events: readonly RunEvent[]
  /** Resolves at the event, also where it has come already; rejects where the run ends without it. */
  readonly until: (isIt: (event: RunEvent) => boolean) => Promise<void>
  /** Resolves with the exit code, or with nothing where a signal ended it. */
  readonly ended: Promise<number | null>
  readonly host: (name: string) => CleanResult
}

/** Starts `mailfw deploy INVENTORY --output jsonl FLAG...` on the controller. */
export function startDeploy(lab: Lab, inventory: string, ...flags: readonly string[]): LiveRun {
  return startRun(lab, 'deploy', inventory, ...flags)
}

/** Starts `mailfw VERB INVENTORY --output jsonl FLAG...` on the controller. */
export function startRun(
  lab: Lab,
  verb: RunCommand,
  inventory: string,
  ...flags: readonly string[]
): LiveRun {
  const child = lab.spawnController([...MAILFW, verb, inventory, '--output', 'jsonl', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const events: RunEvent[] = []
  const listeners = new Set<() => void>()
  const tell = () => {
    for (const listener of listeners) listener()
  }
  let isOver = false
  const ended = new Promise<number | null>((resolve) =>
    child.on('close', (code) => {
      isOver = true
      tell()
      resolve(code)
    }),
  )
  if (child.stdout === null) throw new Error('Expected a child whose stdout is a pipe')
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as RunEvent)
    tell()
  })
  const until = (isIt: (event: RunEvent) => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (events.some(isIt)) resolve()
        else if (isOver) reject(new Error(`Expected an event that never came, got ${JSON.stringify(events)}`))
        else return
        listeners.delete(look)
      }
      listeners.add(look)
      look()
    })
  return { child, events, until, ended, host: (name) => resultOf(hostResults(events), name) }
}

/** Whether an event says that a host has come to a step. */
export function isStep(host: string, step: string): (event: RunEvent) => boolean {
  return (event) => event.event === 'step' && event.host === host && event.step === step
}

function hostResults(events: readonly RunEvent[]): readonly CleanResult[] {
  return events.filter((event) => event.event === 'host')
}

function resultOf(results: readonly CleanResult[], name: string): CleanResult {
  const result = results.find((each) => each.host === name)
  if (result !== undefined) return result
  throw new Error(`Expected a result for ${name}, got ${results.map((each) => each.host).join(', ')}`)
}
