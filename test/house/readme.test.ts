import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CODES, exitCode, OUTCOMES } from '../../src/model/outcome.ts'
import type { HostResult, Outcome } from '../../src/model/outcome.ts'
import { KNOWN_SERVICES } from '../../src/model/service.ts'
import { CONTEXT_NAMES } from '../../src/policy/context-names.ts'
import { BLOCKS, HELPERS } from '../../src/render/helpers.ts'

const README = readFileSync(`${import.meta.dirname}/../../README.md`, 'utf8')

describe('the README', () => {
  it('lists exactly the names that a template is given, with their meaning', () => {
    const rows = CONTEXT_NAMES.map(({ name, means }) => `| \`${name}\` | ${escaped(means)} |`)
    expect(tableUnder('| name | means |')).toEqual(rows)
  })

  it('lists exactly the helpers and blocks of templates', () => {
    const helpers = Object.values(HELPERS).map(({ usage, means }) => `| \`${usage}\` | ${escaped(means)} |`)
    const blocks = Object.values(BLOCKS).map((text) => `| ${text.replace('`: ', '` | ')} |`)
    expect(tableUnder('| helper | means |')).toEqual([...helpers, ...blocks])
  })

  it('lists every outcome with the exit code that it has', () => {
    const codes = Object.fromEntries(
      tableUnder('| outcome | meaning | exit |').map((row) => {
        const [, outcome = '', , exit] = row.split('|').map((cell) => cell.trim().replaceAll('`', ''))
        return [outcome, Number(exit)] as const
      }),
    )
    expect(codes).toStrictEqual(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, exitOf(outcome)])))
  })

  it('lists exactly the codes of outcomes', () => {
    const cells = tableUnder('| outcome | code |').map((row) => row.split('|')[2] ?? '')
    const codes = cells.flatMap((cell) => cell.trim().replaceAll('`', '').split(', '))
    expect(codes.toSorted()).toEqual([...CODES].toSorted())
  })

  it('names every service that is known, with its port', () => {
    for (const [name, port] of Object.entries(KNOWN_SERVICES))
      expect(README).toMatch(new RegExp(`\\b${name}\\b[^.]*?\\b${port}\\b`, 's'))
  })
})

/** The rows of the table with this head. */
function tableUnder(head: string): string[] {
  const [, rest = ''] = README.split(`${head}\n`)
  const table = rest.slice(0, rest.indexOf('\n\n'))
  return table.split('\n').filter((line) => line.startsWith('| '))
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|')
}

function exitOf(outcome: Outcome): number {
  const result: HostResult = {
    host: 'mx1',
    outcome,
    code: 'drift',
    message: '',
    connections: 1,
    seconds: 1,
    families: {},
    findings: [],
  }
  return exitCode([result], { strict: false, command: 'check' })
}
