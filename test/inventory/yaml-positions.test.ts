import fc from 'fast-check'
import { dump } from 'js-yaml'
import { expect, test } from 'vitest'
import { isMap } from '../../src/inventory/value-tree.ts'
import { parseYaml } from '../../src/inventory/yaml-document.ts'
import { positionOf } from '../../src/inventory/yaml-positions.ts'

function at(source: string, ...path: readonly string[]): string | undefined {
  const position = positionOf(parseYaml('f.yaml', source), path)
  return position && `${position.line}:${position.column}`
}

const SOURCE = `# comment
base: &base { a: 1, b: [x, *other] }
"quoted key":
  - first
  - inner: 1
    more: 'x'
flow: { k: { l: 2 }, m: [1, [2, 3]] }
merged:
  <<: *base
  own: |
    text
`.replace(', *other', '')

test.each([
  [['base', 'a'], '2:15'],
  [['base', 'b', '0'], '2:25'],
  [['quoted key'], '3:1'],
  [['quoted key', '1'], '5:5'],
  [['quoted key', '1', 'more'], '6:5'],
  [['flow', 'k', 'l'], '7:14'],
  [['flow', 'm', '1', '1'], '7:33'],
  [['merged', 'own'], '10:3'],
  [['merged', 'a'], '8:1'],
  [['merged', 'b', '0'], '8:1'],
  [['missing'], undefined],
])('finds %j', (path, place) => {
  expect(at(SOURCE, ...path)).toBe(place)
})

test('points at the key or item of every path of any document', () => {
  const key = fc.stringMatching(/^[a-z][a-z ]{0,8}[a-z]$/)
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.nat(),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(
      fc.dictionary(key, tree, { minKeys: 1 }),
      fc.integer({ min: -1, max: 3 }),
      (value, flowLevel) => {
        const source = dump(value, { flowLevel, noRefs: true })
        const document = parseYaml('f.yaml', source)
        const lines = source.split('\n')
        for (const path of keyPaths(document.value, [])) {
          const { line, column } = positionOf(document, path) ?? { line: 0, column: 0 }
          const text = lines[line - 1]?.slice(column - 1).replace(/^["']/, '')
          expect(text?.startsWith(path.at(-1) ?? '')).toBe(true)
        }
      },
    ),
  )
})

function keyPaths(value: unknown, path: readonly string[]): readonly (readonly string[])[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => keyPaths(item, [...path, String(index)]))
  if (!isMap(value)) return []
  return Object.entries(value).flatMap(([key, item]) => [[...path, key], ...keyPaths(item, [...path, key])])
}
