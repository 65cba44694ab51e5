import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MULTIPORT_SLOTS, portGroups } from '../../src/policy/port-groups.ts'

const port = fc.integer({ min: 1, max: 65_535 })
const range = fc.tuple(port, port).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))

test('one port and one range are a group each by themselves', () => {
  expect(portGroups([{ from: 25, to: 25 }])).toEqual(['25'])
  expect(portGroups([{ from: 100, to: 200 }])).toEqual(['100:200'])
})

test('no group takes more slots than a rule has, a range two, and no port is lost or moved', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          port.map((one) => ({ from: one, to: one })),
          range,
        ),
        { minLength: 1, maxLength: 60 },
      ),
      (ports) => {
        const groups = portGroups(ports)
        for (const group of groups) expect(group.split(/[,:]/).length).toBeLessThanOrEqual(MULTIPORT_SLOTS)
        const written = ports.map(({ from, to }) => (from === to ? String(from) : `${from}:${to}`))
        expect(groups.join(',')).toBe(written.join(','))
        expect(groups.length).toBeLessThanOrEqual(Math.ceil((2 * ports.length) / (MULTIPORT_SLOTS - 1)))
      },
    ),
  )
})
