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
        expect(loaded.saved.filter(isRule).map(outline)).toEqual(
          wanted[family].split('\n').filter(isRule).map(outline),
        )
        const again = load(
          `${loaded.saved.join('\n')}\nCOMMIT\n`.replace(/\n(?=\*(?!filter$))/g, '\nCOMMIT\n'),
          family,
          backend,
        )
        expect(again.saved).toEqual(loaded.saved)
      },
    )
  })
})

function isRule(line: string): boolean {
  return line.startsWith('-A')
}

/** Chain, comment and target: what save never spells otherwise. */
function outline(rule: string): string {
  return [/^-A \S+/, /--comment (?:"[^"]*"|\S+)/, / -j .*/].map((part) => part.exec(rule)?.[0]).join(' ')
}
