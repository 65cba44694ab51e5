import { expect, test } from 'vitest'
import { FAMILIES } from '../../src/model/family.ts'
import type { Shape } from '../../src/policy/shape.ts'
import { CONTEXT, CONTEXT_NAMES } from '../../src/policy/context-names.ts'
import { templateContext } from '../../src/policy/template-context.ts'
import { makeHost } from '../render/make-host.ts'

const host = makeHost({
  ssh: { limit: { count: 6, per: 'minute', burst: 12 }, connections: 3 },
  services: { imaps: { limit: { count: 6, per: 'minute', burst: 12 }, from: ['192.0.2.1', '2001:db8::1'] } },
  controllers: ['192.0.2.1', '2001:db8::1'],
  blocklist: ['198.51.100.1', '2001:db8::2'],
  addresses: ['192.0.2.2', '2001:db8::3'],
  extraRules: { v4: ['-A INPUT'], v6: ['-A INPUT'] },
  vars: { own: 1 },
})

test.each(FAMILIES)('the list of names is what templates are given: %s', (family) => {
  expect(differences(templateContext(host, family), CONTEXT)).toEqual([])
})

test('a difference would be seen', () => {
  const context = templateContext(host, 'v4')
  expect(differences({ ...context, more: 1 }, CONTEXT)).toEqual(['.more'])
  expect(differences({ ...context, settings: { ...context.settings, ping: {} } }, CONTEXT)).toEqual([
    '.settings.ping',
  ])
})

test('the flat list begins with the names that the contract fixes, each with its meaning', () => {
  const top = CONTEXT_NAMES.filter(({ name }) => !name.includes('.')).map(({ name }) => name)
  expect(top).toEqual(['host', 'family', 'settings', 'services', 'policies', 'vars'])
  expect(CONTEXT_NAMES.map(({ name }) => name)).toContain('services[].openings[].source')
  expect(CONTEXT_NAMES.filter(({ means }) => means === '')).toEqual([])
})

/** Where a value is not what its shape says, by path. */
function differences(value: unknown, shape: Shape, path = ''): string[] {
  switch (shape.kind) {
    case 'any':
      return []
    case 'text':
      return value === null || ['string', 'number', 'boolean'].includes(typeof value) ? [] : [path]
    case 'list':
      return Array.isArray(value) ? value.flatMap((item) => differences(item, shape.of, `${path}[]`)) : [path]
    case 'map': {
      if (value === null) return []
      const given = value as Readonly<Record<string, unknown>>
      const names = new Set([...Object.keys(given), ...Object.keys(shape.names)])
      return [...names].flatMap((name) => {
        const of = shape.names[name]
        return of === undefined || !(name in given)
          ? [`${path}.${name}`]
          : differences(given[name], of, `${path}.${name}`)
      })
    }
  }
}
