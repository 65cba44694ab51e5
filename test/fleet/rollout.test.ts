import { describe, expect, it } from 'vitest'
import type { FleetOptions } from '../../src/fleet/options.ts'
import type { EndedBatch, RolloutPlan } from '../../src/fleet/rollout.ts'
import { rollOut } from '../../src/fleet/rollout.ts'
import type { Job } from '../../src/host/visit.ts'
import type { RunEvent } from '../../src/model/events.ts'
import { Machines } from '../../src/host/machines.ts'
import type { HostResult } from '../../src/model/outcome.ts'
import { summarise } from '../../src/model/outcome.ts'
import { result, unreachable } from '../report/samples.ts'

interface Told {
  readonly results: readonly HostResult[]
  readonly events: readonly RunEvent[]
  /** Hosts that were begun with, in order. */
  readonly begun: readonly string[]
}

/** Hosts whose names are their outcomes: `down`, `bad…`, `fine…`. */
async function rollOutTo(
  names: readonly string[],
  plan: Partial<RolloutPlan> & { readonly retrySeconds?: number; readonly stop?: AbortController },
): Promise<Told> {
  const events: RunEvent[] = []
  const begun: string[] = []
  const visitHost = ({ host: { name } }: Job): Promise<HostResult> => {
    begun.push(name)
    if (name.startsWith('down')) return Promise.resolve(unreachable(name, '192.0.2.1'))
    return Promise.resolve(result(name, name.startsWith('bad') ? 'reverted' : 'confirmed'))
  }
  const options = {
    forks: 20,
    stop: (plan.stop ?? new AbortController()).signal,
    emit: (event: RunEvent) => events.push(event),
    machines: new Machines(),
  } as unknown as FleetOptions
  const results = await rollOut(
    names.map((name) => ({ host: { name } }) as Job),
    { visitHost, retrySeconds: plan.retrySeconds ?? 0 },
    options,
    {
      shares: [{ kind: 'hosts', count: 1 }],
      apart: [],
      total: names.length,
      maxFailures: { kind: 'hosts', count: 0 },
      whenExceeded: 'stop',
      ...plan,
    },
  )
  return { results, events, begun }
}

function codes({ results }: Told): readonly string[] {
  return results.map(({ host, outcome, code }) => `${host} ${outcome} ${code}`)
}

describe('a rollout', () => {
  it('tells of each batch, and of none where there is one', async () => {
    const { events } = await rollOutTo(['fine1', 'fine2'], {})
    expect(events.filter(({ event }) => event === 'batch')).toEqual([
      { event: 'batch', batch: 1, of: 2, hosts: ['fine1'] },
      { event: 'batch', batch: 2, of: 2, hosts: ['fine2'] },
    ])
    const all = await rollOutTo(['fine1', 'fine2'], { shares: [{ kind: 'percent', percent: 100 }] })
    expect(all.events.map(({ event }) => event)).toEqual(['host', 'host'])
  })

  it('starts no host once its budget is spent, and tells of no batch that does not begin', async () => {
    const told = await rollOutTo(['bad1', 'fine1', 'bad2', 'fine2'], {
      maxFailures: { kind: 'hosts', count: 1 },
    })
    expect(told.begun).toEqual(['bad1', 'fine1', 'bad2'])
    expect(told.results.at(-1)).toMatchObject({ outcome: 'skipped', code: 'budget' })
    expect(told.events.filter(({ event }) => event === 'batch')).toHaveLength(3)
  })

  it('does not count a host that is down against the change', async () => {
    const told = await rollOutTo(['down1', 'down2', 'fine1'], {})
    expect(told.begun).toEqual(['down1', 'down2', 'fine1'])
  })

  it('asks between batches with what the last one came to, and ends at a no', async () => {
    const asked: EndedBatch[] = []
    const answers = [true, false]
    const told = await rollOutTo(['fine1', 'fine2', 'fine3', 'fine4'], {
      goOn: (ended) => {
        asked.push(ended)
        return Promise.resolve(answers.shift() === true)
      },
    })
    expect(asked.map(({ batch, of, results, next }) => [batch, of, summarise(results), next])).toEqual([
      [1, 4, { confirmed: 1 }, 1],
      [2, 4, { confirmed: 1 }, 1],
    ])
    expect(codes(told).slice(2)).toEqual(['fine3 skipped declined', 'fine4 skipped declined'])
  })

  it('asks nothing once its budget is spent', async () => {
    const told = await rollOutTo(['bad1', 'fine1'], { goOn: () => Promise.reject(new Error('was asked')) })
    expect(codes(told)[1]).toBe('fine1 skipped budget')
  })

  it('tries no host again after a no, nor after too many failures', async () => {
    const declined = await rollOutTo(['down1', 'fine1'], {
      retrySeconds: 60,
      goOn: () => Promise.resolve(false),
    })
    expect(codes(declined)).toEqual(['down1 unreachable tcp', 'fine1 skipped declined'])
    expect(declined.events.filter(({ event }) => event === 'notice')).toEqual([])
    const spent = await rollOutTo(['down1', 'bad1', 'fine1'], { retrySeconds: 60 })
    expect(spent.events.filter(({ event }) => event === 'notice')).toEqual([])
    expect([...spent.begun, codes(spent)[0]]).toEqual(['down1', 'bad1', 'down1 unreachable tcp'])
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
