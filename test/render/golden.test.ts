import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FAMILIES, FAMILY } from '../../src/model/family.ts'
import { createRenderer } from '../../src/render/render.ts'
import { BACKENDS, CAN_LOAD, load } from './kernel.ts'
import type { HostCase } from './make-host.ts'
import { makeHost } from './make-host.ts'

const CASES = join(import.meta.dirname, '../cases/render')

/** Each case is a directory: `host.json`, its golden rulesets (rewritten by `vitest run -u`), its own templates. */
describe.each(readdirSync(CASES))('%s', (name) => {
  const directory = join(CASES, name)
  const given = JSON.parse(readFileSync(join(directory, 'host.json'), 'utf8')) as HostCase
  const templates = join(directory, 'templates')
  const host = makeHost({ ...given, ...(existsSync(templates) && { templates }) })
  const wanted = createRenderer().render(host)

  test.each(FAMILIES)('renders the golden rules of %s', async (family) => {
    await expect(wanted[family]).toMatchFileSnapshot(join(directory, FAMILY[family].rulesFile))
  })

  describe.skipIf(!CAN_LOAD)('in the kernel', () => {
    test.each(FAMILIES.flatMap((family) => BACKENDS.map((backend) => [family, backend] as const)))(
      'loads %s with %s, and saves as many rules in the same order',
      (family, backend) => {
        const loaded = load(wanted[family], family, backend)
        expect(loaded).toMatchObject({ status: 0, stderr: '' })
        expect(outline(loaded.saved)).toEqual(outline(wanted[family].split('\n')))
        expect(load(`${loaded.saved.join('\n')}\n`, family, backend).saved.toSorted()).toEqual(
          loaded.saved.toSorted(),
        )
      },
    )
  })
})

/** Of each rule comment and target, which save never spells otherwise, by table and chain. */
function outline(lines: readonly string[]): Record<string, string[]> {
  const chains: Record<string, string[]> = {}
  let table = ''
  for (const line of lines) {
    if (line.startsWith('*')) table = line
    const chain = /^-A (\S+)/.exec(line)?.[1]
    if (chain === undefined) continue
    const rules = (chains[`${table} ${chain}`] ??= [])
    rules.push(`${COMMENT.exec(line)?.[0] ?? ''}${/ -j .*/.exec(line)?.[0] ?? ''}`)
  }
  return chains
}

const COMMENT = /--comment (?:"(?:[^"\\]|\\.)*"|\S+)/
