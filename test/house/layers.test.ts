import { describe, expect, it } from 'vitest'
import { importsOf } from './imports.ts'
import { circlesAmong, isAllowed, layerOf, layers } from './layers.ts'
import { parseSource, sourceFiles } from './source-files.ts'

const imports = sourceFiles()
  .flatMap(importsOf)
  .filter(({ isOurs }) => isOurs)

describe('src', () => {
  it('has no file outside the layers', () => {
    const strays = sourceFiles().filter(({ path }) => !layers.flat().includes(layerOf(path)))
    expect(strays.map(({ path }) => path)).toEqual([])
  })

  it('imports from strictly lower layers only', () => {
    const wrong = imports.filter((each) => !isAllowed(each))
    expect(wrong.map(({ place, to }) => `${place} imports ${to}`)).toEqual([])
  })

  it('has no circle of imports', () => {
    expect(circlesAmong(imports)).toEqual([])
  })
})

describe('the rule of the layers', () => {
  const isAllowedInHost = (text: string) => importsOf(parseSource('host/x.ts', text)).every(isAllowed)

  it.each([
    "import { a } from '../cli/a.ts'",
    "import type { A } from '../cli/a.ts'",
    "export { a } from '../cli/a.ts'",
    "const a = await import('../cli/a.ts')",
    "let a: import('../cli/a.ts').A",
    "import { a } from '../fleet/a.ts'",
    "import { a } from '../transport/ssh.ts'",
    "import { a } from '../nowhere/a.ts'",
  ])('refuses in host: %s', (text) => {
    expect(isAllowedInHost(text)).toBe(false)
  })

  it.each([
    "import { a } from '../render/a.ts'",
    "import { a } from './a.ts'",
    "import type { A } from '../lib/a.ts'",
  ])('allows in host: %s', (text) => {
    expect(isAllowedInHost(text)).toBe(true)
  })

  it('lets report see model and lib only', () => {
    const found = importsOf(parseSource('report/x.ts', "import '../model/a.ts'\nimport '../ruleset/a.ts'"))
    expect(found.map(isAllowed)).toEqual([true, false])
  })

  it('sees a circle through types', () => {
    const a = parseSource('lib/a.ts', "import type { B } from './b.ts'")
    const b = parseSource('lib/b.ts', "import { c } from './c.ts'")
    const c = parseSource('lib/c.ts', "export type { A } from './a.ts'")
    const circles = circlesAmong([a, b, c].flatMap(importsOf))
    expect(circles).toEqual(['lib/a.ts → lib/b.ts → lib/c.ts → lib/a.ts'])
  })
})
