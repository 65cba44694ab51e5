import { expect, it } from 'vitest'
import { createRenderer } from '../../src/render/render.ts'
import { secondsPerConnection } from '../../src/ruleset/pace.ts'
import { makeHost } from '../render/make-host.ts'

const { v4 } = createRenderer().render(
  makeHost({
    controllers: ['203.0.113.5'],
    ssh: { limit: { count: 6, per: 'minute', burst: 3 } },
    services: { imaps: { limit: { count: 1, per: 'hour', burst: 3 } }, smtp: {} },
  }),
)

it.each([
  ['in the time that the limit of its port gives one back', '192.0.2.1', 22, 10],
  ['by the limit of another port in its own time', '192.0.2.1', 993, 3_600],
  ['never, if a rule before the limit accepts it', '203.0.113.5', 22, undefined],
  ['never at a port without a limit', '192.0.2.1', 25, undefined],
])('a connection is given back %s', (_title, client, port, seconds) => {
  expect(secondsPerConnection(v4, { client, port })).toBe(seconds)
})

it('a limit of other sources gives back nothing', () => {
  const rule =
    '-A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -m hashlimit --hashlimit-above 6/min -j DROP'
  const text = `*filter\n:INPUT ACCEPT [0:0]\n${rule}\nCOMMIT\n`
  expect(secondsPerConnection(text, { client: '198.51.100.7', port: 22 })).toBeUndefined()
  expect(secondsPerConnection(text, { client: '192.0.2.7', port: 22 })).toBe(10)
})
