import { describe, expect, it } from 'vitest'
import { barrelsIn, defaultExportsIn, processUsesIn } from './habits.ts'
import { parseSource, sourceFiles } from './source-files.ts'

const files = sourceFiles()
const parse = (text: string, path = 'lib/x.ts') => parseSource(path, text)

describe('src', () => {
  it('has no barrels', () => {
    expect(files.flatMap(barrelsIn)).toEqual([])
  })

  it('has no default exports', () => {
    expect(files.flatMap(defaultExportsIn)).toEqual([])
  })

  it('touches the process and the console in main.ts only', () => {
    expect(files.filter(({ path }) => path !== 'main.ts').flatMap(processUsesIn)).toEqual([])
    expect(files.filter(({ path }) => path === 'main.ts').flatMap(processUsesIn)).not.toEqual([])
  })
})

describe('these rules', () => {
  it.each(["export * from './a.ts'", "export { a } from './a.ts'", "export type { A } from './a.ts'"])(
    'see a barrel in %s',
    (text) => {
      expect(barrelsIn(parse(text))).toHaveLength(1)
      expect(barrelsIn(parse('export const a = 1'))).toEqual([])
    },
  )

  it('see a barrel by its name', () => {
    expect(barrelsIn(parse('export const a = 1', 'lib/index.ts'))).toHaveLength(1)
  })

  it.each(['export default 1', 'export default function a() {}', 'const a = 1\nexport { a as default }'])(
    'see a default export in %s',
    (text) => {
      expect(defaultExportsIn(parse(text))).toHaveLength(1)
    },
  )

  it('take no default clause for a default export', () => {
    expect(defaultExportsIn(parse('switch (a) { default: b() }'))).toEqual([])
  })

  it.each([
    'console.log(1)',
    'process.exit()',
    "process['env']",
    'globalThis.process.env',
    'const { env } = process',
    'use(process)',
    'const a = { process }',
    'const a = { p: process }',
    "import { env } from 'node:process'",
    "await import('process')",
  ])('see the process in %s', (text) => {
    expect(processUsesIn(parse(text))).not.toEqual([])
  })

  it.each(['const a = { process: 1 }', 'a.process()', 'interface A { process: number }'])(
    'see no process in %s',
    (text) => {
      expect(processUsesIn(parse(text))).toEqual([])
    },
  )
})
