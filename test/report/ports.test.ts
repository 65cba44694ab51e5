import { expect, it } from 'vitest'
import type { Family } from '../../src/model/family.ts'
import type { PortUse } from '../../src/model/outcome.ts'
import { clean } from '../../src/report/clean.ts'
import { createOutput } from '../../src/report/output.ts'
import { writePorts } from '../../src/report/ports.ts'
import { result } from './samples.ts'
import { createStream } from './streams.ts'

const families: readonly Family[] = ['v4', 'v6']
const tcp = (port: number, more: Omit<PortUse, 'protocol' | 'port' | 'families'>): PortUse => ({
  protocol: 'tcp',
  port,
  families,
  ...more,
})
const PORTS: readonly PortUse[] = [
  tcp(22, { program: 'sshd', service: 'ssh', state: 'open', openTo: 1 }),
  tcp(25, { program: 'master', service: 'smtp', state: 'open', openTo: 'any' }),
  { ...tcp(993, { service: 'imaps', state: 'unused', openTo: 'any' }), families: ['v6'] },
  tcp(5432, { program: 'postgres\u001b[2J-with-a-name', state: 'unclear' }),
  tcp(8080, { program: 'docker-proxy', state: 'past-input' }),
  tcp(40_000, { lastPort: 40_100, service: 'passive-ports-of-ftp', state: 'unused', openTo: 12 }),
  { ...tcp(51_820, { state: 'closed' }), protocol: 'udp' },
]

const { colours } = createOutput(createStream(80), {}, 'never')
const shown = (...hosts: readonly (readonly [string, readonly PortUse[]])[]) =>
  writePorts(
    hosts.map(([host, ports]) => clean(result(host, 'unchanged', { ports }), { diff: false })),
    { columns: 80, colours },
  )

it('shows ports as a table that fits on a terminal, hosts with the same ones once', async () => {
  const text = shown(['mx1', PORTS], ['mx2', PORTS], ['mail', PORTS.slice(0, 1)], ['none', []])
  await expect(text).toMatchFileSnapshot('../cases/report/ports.txt')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

it('shows nothing of hosts whose ports nobody asked for', () => {
  expect(writePorts([result('mx1', 'unchanged')], { columns: 80, colours })).toBe('')
})
