import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EndedBatch } from '../../src/fleet/batch-gate.ts'
import { makeBatches } from '../../src/fleet/batches.ts'
import type { FleetOptions } from '../../src/fleet/options.ts'
import type { RolloutPlan } from '../../src/fleet/rollout.ts'
import { rollOut } from '../../src/fleet/rollout.ts'
import type { VisitHost } from '../../src/fleet/visit-safely.ts'
import type { Job } from '../../src/host/visit.ts'
import type { RunEvent } from '../../src/model/events.ts'
import { Machines } from '../../src/host/machines.ts'
import type { HostResult, Outcome } from '../../src/model/outcome.ts'
import { summarise } from '../../src/model/outcome.ts'
import type { HostShare } from '../../src/model/rollout.ts'
import { result, unreachable } from '../report/samples.ts'

const ALL: HostShare = { kind: 'percent', percent: 100 }
const hosts = (count: number): HostShare => ({ kind: 'hosts', count })

interface Told {
  readonly results: readonly HostResult[]
  readonly events: readonly RunEvent[]
  /** Hosts that were examined. */
  readonly begun: readonly string[]
  /** Hosts that were changed, in order; those in one list at the same time. */
  readonly changed: readonly (readonly string[])[]
  readonly mostAtOnce: number
}

/** How hosts end that pass the gate; others are down (`down…`) or as wanted (`same…`). */
const ENDS: readonly (readonly [prefix: string, outcome: Outcome])[] = [
  ['bad', 'reverted'],
  ['busy', 'failed'],
  ['fine', 'confirmed'],
]

/** Hosts whose names say how they end. */
async function rollOutTo(
  names: readonly string[],
  plan: Partial<RolloutPlan> & {
    readonly retrySeconds?: number
    readonly stop?: AbortController
    readonly forks?: number
    readonly pause?: () => Promise<void>
  },
): Promise<Told> {
  const { pause = () => Promise.resolve() } = plan
  const events: RunEvent[] = []
  const begun: string[] = []
  const changed: string[][] = []
  let changing = 0
  let mostAtOnce = 0
  const visitHost: VisitHost = async ({ host: { name } }, { gate }) => {
    begun.push(name)
    await pause()
    if (name.startsWith('down')) return unreachable(name, '192.0.2.1')
    if (name.startsWith('same')) return result(name, 'unchanged')
    const barred = await gate?.enter()?.come
    if (barred !== undefined) return result(name, 'skipped', { code: barred.code })
    if (changing === 0) changed.push([])
    changing += 1
    mostAtOnce = Math.max(mostAtOnce, changing)
    changed.at(-1)?.push(name)
    await new Promise<void>((resolve) => setImmediate(resolve))
    await pause()
    changing -= 1
    return result(name, ENDS.find(([prefix]) => name.startsWith(prefix))?.[1] ?? 'unknown')
  }
  const options = {
    forks: plan.forks ?? 20,
    stop: (plan.stop ?? new AbortController()).signal,
    emit: (event: RunEvent) => events.push(event),
    machines: new Machines(),
  } as unknown as FleetOptions
  const results = await rollOut(
    names.map((name) => ({ host: { name } }) as Job),
    { visitHost, retrySeconds: plan.retrySeconds ?? 0 },
    options,
    {
      shares: [hosts(1)],
      apart: [],
      total: names.length,
      maxFailures: hosts(0),
      whenExceeded: 'stop',
      ...plan,
    },
  )
  return { results, events, begun, changed, mostAtOnce }
}

function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
}

function codes({ results }: Told): readonly string[] {
  return results.map(({ host, outcome, code }) => `${host} ${outcome} ${code}`)
}

function batches({ events }: Told): readonly RunEvent[] {
  return events.filter(({ event }) => event === 'batch')
}

describe('a rollout', () => {
  it('tells of each batch, and of none where there is one', async () => {
    expect(batches(await rollOutTo(['fine1', 'fine2'], {}))).toEqual([
      { event: 'batch', batch: 1, of: 2, hosts: ['fine1'] },
      { event: 'batch', batch: 2, of: 2, hosts: ['fine2'] },
    ])
    const all = await rollOutTo(['fine1', 'fine2'], { shares: [ALL] })
    expect(all.events.map(({ event }) => event)).toEqual(['host', 'host'])
  })

  it('has hosts in its batches that are changed, and no others', async () => {
    const told = await rollOutTo(['same1', 'fine1', 'down1', 'fine2', 'same2', 'fine3'], {
      shares: [hosts(1), ALL],
    })
    expect(told.changed).toEqual([['fine1'], ['fine2', 'fine3']])
    expect(batches(told)).toEqual([
      { event: 'batch', batch: 1, of: 2, hosts: ['fine1'] },
      { event: 'batch', batch: 2, of: 2, hosts: ['fine2', 'fine3'] },
    ])
  })

  it.each(['down1', 'same1', 'busy1'])(
    'proves a bad change at one host, though the first is %s',
    async (first) => {
      const told = await rollOutTo([first, ...numbered('bad', 11)], { shares: [hosts(1), ALL] })
      expect(told.changed.flat().filter((name) => name !== first)).toEqual(['bad1'])
      expect(codes(told).slice(2)).toEqual(
        numbered('bad', 11)
          .slice(1)
          .map((name) => `${name} skipped budget`),
      )
    },
  )

  it('gives the place of a host that was not changed to the next, and tells of it', async () => {
    const told = await rollOutTo(['busy1', 'fine1', 'fine2', 'fine3'], { shares: [hosts(1), ALL] })
    expect(told.changed).toEqual([['busy1'], ['fine1'], ['fine2', 'fine3']])
    expect(batches(told)).toEqual([
      { event: 'batch', batch: 1, of: 2, hosts: ['busy1'] },
      { event: 'batch', batch: 1, of: 2, hosts: ['fine1'] },
      { event: 'batch', batch: 2, of: 2, hosts: ['fine2', 'fine3'] },
    ])
  })

  it('examines with all forks while one host is changed', async () => {
    const told = await rollOutTo(['fine1', ...numbered('same', 9), 'fine2'], { forks: 3 })
    expect(told.begun).toHaveLength(11)
    const firstEnd = told.events.findIndex((event) => event.event === 'host' && event.host === 'fine1')
    const examined = told.events.slice(0, firstEnd).filter(({ event }) => event === 'host')
    expect(examined.length).toBeGreaterThanOrEqual(2)
  })

  it('begins with a last batch while hosts of it are still examined', async () => {
    const pause = () => new Promise<void>((resolve) => setImmediate(resolve))
    const told = await rollOutTo(numbered('fine', 40), { shares: [hosts(1), ALL], forks: 2, pause })
    const [, last] = batches(told)
    expect(batches(told)).toHaveLength(2)
    expect(last).toMatchObject({ batch: 2, of: 2, more: expect.any(Number) as number })
    expect(told.changed.flat().toSorted()).toEqual(numbered('fine', 40).toSorted())
  })

  it('changes no host once its budget is spent, and tells of no batch that does not begin', async () => {
    const told = await rollOutTo(['bad1', 'fine1', 'bad2', 'fine2'], { maxFailures: hosts(1) })
    expect(told.changed).toEqual([['bad1'], ['fine1'], ['bad2']])
    expect(told.results.at(-1)).toMatchObject({ outcome: 'skipped', code: 'budget' })
    expect(batches(told)).toHaveLength(3)
  })

  it('asks between batches with what the last one came to, and ends at a no', async () => {
    const asked: EndedBatch[] = []
    const answers = [true, false]
    const told = await rollOutTo(['fine1', 'same1', 'fine2', 'fine3', 'fine4'], {
      goOn: (ended) => {
        asked.push(ended)
        return Promise.resolve(answers.shift() === true)
      },
    })
    expect(asked.map(({ batch, of, results, next }) => [batch, of, summarise(results), next])).toEqual([
      [1, 4, { confirmed: 1 }, 1],
      [2, 4, { confirmed: 1 }, 1],
    ])
    expect(codes(told).slice(3)).toEqual(['fine3 skipped declined', 'fine4 skipped declined'])
  })

  it('asks nothing once its budget is spent, nor before hosts that are as wanted', async () => {
    const goOn = () => Promise.reject(new Error('was asked'))
    expect(codes(await rollOutTo(['bad1', 'fine1'], { goOn }))[1]).toBe('fine1 skipped budget')
    expect(codes(await rollOutTo(['fine1', 'same1'], { goOn }))[1]).toContain('same1 unchanged')
    await expect(rollOutTo(['fine1', 'fine2'], { goOn })).rejects.toThrow('was asked')
  })

  it('tries no host again after a no, nor after too many failures', async () => {
    const declined = await rollOutTo(['down1', 'fine1', 'fine2'], {
      retrySeconds: 60,
      goOn: () => Promise.resolve(false),
    })
    expect(codes(declined)).toEqual([
      'down1 unreachable tcp',
      'fine1 confirmed as-wanted',
      'fine2 skipped declined',
    ])
    expect(declined.events.filter(({ event }) => event === 'notice')).toEqual([])
    const spent = await rollOutTo(['down1', 'bad1', 'fine1'], { retrySeconds: 60 })
    expect(spent.events.filter(({ event }) => event === 'notice')).toEqual([])
    expect(codes(spent)[0]).toBe('down1 unreachable tcp')
  })

  it('gives every host one end, and never changes more at once, whatever they do', async () => {
    const name = fc.constantFrom('down', 'same', 'busy', 'bad', 'fine')
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.record({
          forks: fc.integer({ min: 1, max: 6 }),
          failures: fc.integer({ min: 0, max: 12 }),
          isApart: fc.boolean(),
        }),
        fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
        async (kinds, [first = 1, ...others], { forks, failures, isApart }, pauses) => {
          const names = kinds.map((kind, index) => `${kind}${index}`)
          const apart = isApart ? [{ group: 'odd', hosts: names.filter((_, index) => index % 2 === 1) }] : []
          const shares = [hosts(first), ...others.map(hosts)] as const
          const pause = async (): Promise<void> => {
            for (let left = pauses.next().value as number; left > 0; left--) await Promise.resolve()
          }
          const plan = { shares, apart, forks, maxFailures: hosts(failures), pause }
          const told = await rollOutTo(names, plan)
          expect(told.results.map(({ host }) => host)).toEqual(names)
          const most = Math.max(first, ...others)
          const single = makeBatches(names, { ...plan, total: names.length }).length <= 1
          expect(told.mostAtOnce).toBeLessThanOrEqual(single ? names.length : most)
        },
      ),
    )
  })

  it('calls a question that Ctrl-C has left an interrupt', async () => {
    const stop = new AbortController()
    const told = await rollOutTo(['fine1', 'fine2'], {
      stop,
      goOn: () => {
        stop.abort()
        return Promise.resolve(false)
      },
    })
    expect(codes(told)[1]).toBe('fine2 skipped stopped')
  })
})
