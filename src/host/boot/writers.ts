import { printable } from '../../lib/printable.ts'
import type { Finding } from '../../model/outcome.ts'
import { MEDDLERS } from '../../remote/boot/questions.ts'
import type { Examination } from '../../remote/examine.ts'
import type { Deed } from './commands.ts'
import { disableUnit, takeOut } from './disable.ts'
import type { RunLine } from './lines.ts'
import { runLines } from './lines.ts'

/** Others on the host that write rules over ours, at boot or later, most certain first. */
export function writerFindings(examination: Examination): readonly Finding[] {
  return [...nftables(examination), ...meddlers(examination), ...lines(examination)].slice(0, MOST)
}

const MOST = 10

/** What it flushes at start it flushes at a reload and a stop too. Rules of the legacy backend are none of its. */
function nftables(examination: Examination): readonly Finding[] {
  const { boot, families } = examination
  const isHit = Object.values(families).some(({ backend }) => backend === 'nf_tables')
  if (!isHit || boot.units.get('nftables')?.isEnabled !== true) return []
  return [
    secondWriter(
      'nftables.service removes all rules, these too, when it starts at boot and when it is reloaded or stopped; without it the tables of its own file are not loaded at boot',
      disableUnit(examination, 'nftables'),
    ),
  ]
}

function meddlers(examination: Examination): readonly Finding[] {
  return MEDDLERS.flatMap((name) => {
    const unit = examination.boot.units.get(name)
    if (unit?.isThere !== true || (!unit.isEnabled && !unit.isActive)) return []
    return name.startsWith('imunify360')
      ? [
          secondWriter(
            `${name} writes rules of its own on the host; mailfw_preserve: { chains: […] } keeps its chains`,
          ),
        ]
      : [
          secondWriter(
            `${name} is ${unit.isEnabled ? 'enabled' : 'active'} and replaces all rules with its own when it starts`,
            disableUnit(examination, name),
          ),
        ]
  })
}

/** Of each file or unit the line that does most. */
function lines(examination: Examination): readonly Finding[] {
  const loaders: readonly string[] = Object.values(examination.distribution.loaders)
  const found = new Map<string, { readonly run: RunLine; readonly deed: Deed }>()
  for (const run of runLines(examination)) {
    for (const deed of run.deeds) {
      const { kind, name } = run.runner
      const isLoader = kind === 'unit' && loaders.includes(name)
      if (isLoader || deed.does === 'adds-sets' || loadsSaved(examination, deed)) continue
      // A unit that is not started runs none of its lines
      const isWhole = kind === 'unit' && examination.boot.units.get(name)?.isOneshot !== false
      const key = isWhole ? `unit ${name}` : `${kind} ${name} ${run.runner.line.number}`
      const known = found.get(key)
      if (known === undefined || WEIGHT[deed.does] > WEIGHT[known.deed.does]) found.set(key, { run, deed })
    }
  }
  return [...found.values()].map(({ run, deed }) =>
    secondWriter(sentence(run, deed), takeOut(examination, run, deed)),
  )
}

/** It loads what we saved, once more. */
function loadsSaved({ families }: Examination, { does, files }: Deed): boolean {
  return does === 'loads' && Object.values(families).some(({ savedPath }) => files.includes(savedPath))
}

const WEIGHT: Readonly<Record<Deed['does'], number>> = {
  loads: 3,
  flushes: 2,
  'sets-policies': 1,
  'adds-sets': 0,
}

const DOES: Readonly<Record<Exclude<Deed['does'], 'adds-sets'>, string>> = {
  loads: 'replaces these rules with its own',
  flushes: 'removes these rules',
  'sets-policies': 'sets policies',
}

function sentence({ line, runner }: RunLine, { does }: Deed): string {
  const who = runner.kind === 'unit' || runner.kind === 'drop-in' ? `${runner.name}.service` : runner.name
  const what = does === 'adds-sets' ? '' : DOES[does]
  const place = `${line.file} line ${line.number}`
  return printable(`${who} ${what} ${runner.when}: ${line.text.trim().slice(0, 120)} (${place})`, {
    most: 400,
  })
}

function secondWriter(message: string, fix?: string): Finding {
  return { code: 'second-writer', severity: 'warning', message, ...(fix !== undefined && { fix }) }
}
