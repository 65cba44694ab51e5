import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MAILFW } from '../e2e/mailfw.ts'
import { describeLab } from '../lab/describe-lab.ts'
import { behaviours, MARK } from './escapes.ts'
import type { Fleet } from './fleet.ts'
import { startFleet } from './fleet.ts'

/** What a terminal obeys or cannot be seen, before the mark that follows it in every field; and what starts an OSC. */
const OBEYED = new RegExp(`[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]${MARK}|\\u001b\\]`, 'u')
/** Without a terminal nothing of ours is more than text and newlines. */
const CONTROL = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
/** How often the mark is shown in the shortest of these outputs, and more: that so many fields were shown at all. */
const FEWEST_MARKS = 400

const WAYS = [
  { output: 'text', tty: false },
  { output: 'text', tty: true },
  { output: 'json', tty: false },
  { output: 'jsonl', tty: false },
]
const matrix = ['check', 'deploy'].flatMap((verb) => WAYS.map((way) => ({ verb, ...way })))

describeLab('what a host says', () => {
  let fleet: Fleet
  let inventory: string
  beforeAll(async () => {
    fleet = await startFleet('test/hostile/escapes.ts')
    inventory = await fleet.inventory(Object.keys(behaviours))
  })
  afterAll(() => fleet.close())

  const run = (verb: string, output: string, tty: boolean) => {
    const flags = [
      '--yes',
      '--diff',
      '--output',
      output,
      '--forks',
      '60',
      '--max-failures',
      '99',
      '--timeout',
      '10',
    ]
    return fleet.lab.controller([...MAILFW, verb, inventory, ...flags], { tty, timeoutSeconds: 110 })
  }

  it.each(matrix)(
    'is printable wherever it is shown: $verb --output $output, on a terminal $tty',
    async (how) => {
      const { stdout, stderr, code } = await run(how.verb, how.output, how.tty)
      expect(code).toBeGreaterThanOrEqual(4)
      for (const shown of [stdout, stderr]) {
        expect(shown).not.toMatch(OBEYED)
        if (!how.tty) expect(shown).not.toMatch(CONTROL)
      }
      expect((stdout + stderr).split(MARK).length).toBeGreaterThan(FEWEST_MARKS)
      const documents =
        how.output === 'text' ? [] : how.output === 'json' ? [stdout] : stdout.trim().split('\n')
      for (const document of documents) expect(() => JSON.parse(document) as unknown).not.toThrow()
    },
  )

  it('is in no file of ours but the journal, where it is printable', async () => {
    const names = await readdir(fleet.lab.home, { recursive: true })
    for (const name of names) {
      const path = join(fleet.lab.home, name)
      if (!(await stat(path)).isFile()) continue
      const text = await readFile(path, 'utf8')
      if (!name.startsWith('.local/state/mailfw/journal/')) expect(text.includes(MARK), name).toBe(false)
      else expect(CONTROL.test(text), name).toBe(false)
    }
    expect(names).toContain('.ssh/known_hosts')
    expect(names.filter((name) => name.endsWith('.jsonl'))).not.toEqual([])
  })
})
