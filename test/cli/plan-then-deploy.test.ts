import { describe, expect, it } from 'vitest'
import { planThenDeploy } from '../../src/cli/plan-then-deploy.ts'
import type { Job } from '../../src/host/visit.ts'
import type { HostResult } from '../../src/model/outcome.ts'
import { drifted, result, unreachable } from '../report/samples.ts'

const PLANNED = [drifted('mx1'), result('mx2', 'unchanged'), unreachable('mx3', '192.0.2.3'), drifted('mx4')]

/** Only the name of a job's host matters to the conversation. */
const JOBS = PLANNED.map(({ host }) => ({ host: { name: host } }) as Job)

interface Talk {
  readonly results: readonly HostResult[]
  readonly told: readonly string[]
}

async function talk(options: {
  planned?: readonly HostResult[]
  answer?: boolean
  stop?: AbortSignal
}): Promise<Talk> {
  const told: string[] = []
  const results = await planThenDeploy(JOBS, {
    check: () => Promise.resolve(options.planned ?? PLANNED),
    deploy: (jobs) => {
      told.push(`deploy ${jobs.map((job) => job.host.name).join(' ')}`)
      return Promise.resolve(
        jobs.map((job) => result(job.host.name, 'confirmed', { connections: 2, seconds: 1 })),
      )
    },
    show: () => told.push('show'),
    ask: (question) => {
      told.push(question)
      return Promise.resolve(options.answer ?? true)
    },
    stop: options.stop ?? new AbortController().signal,
  })
  return { results, told }
}

function outcomes(results: readonly HostResult[]): string[] {
  return results.map(({ host, outcome }) => `${host} ${outcome}`)
}

describe('a deploy with somebody at the terminal', () => {
  it('shows, asks, and deploys to the hosts that would change and to no other', async () => {
    const { results, told } = await talk({})
    expect(told).toEqual(['show', 'Apply to these 2 hosts?', 'deploy mx1 mx4'])
    expect(outcomes(results)).toEqual(['mx1 confirmed', 'mx2 unchanged', 'mx3 unreachable', 'mx4 confirmed'])
  })

  it('counts both visits', async () => {
    const { results } = await talk({})
    expect(results[0]).toMatchObject({ connections: 3, seconds: 1.3 })
  })

  it('leaves the hosts alone after a no, and says so', async () => {
    const { results, told } = await talk({ answer: false })
    expect(told).toEqual(['show', 'Apply to these 2 hosts?'])
    expect(outcomes(results)).toEqual(['mx1 skipped', 'mx2 unchanged', 'mx3 unreachable', 'mx4 skipped'])
    expect(results[0]).toMatchObject({ code: 'declined', message: 'the answer was no; nothing was changed' })
  })

  it('asks nothing where nothing would change', async () => {
    const planned = PLANNED.map(({ host }) => result(host, 'unchanged'))
    expect(await talk({ planned })).toEqual({ results: planned, told: [] })
  })

  it('asks nothing once the run was stopped', async () => {
    const { results, told } = await talk({ stop: AbortSignal.abort() })
    expect(told).toEqual([])
    expect(results[0]).toMatchObject({ outcome: 'skipped', code: 'stopped' })
  })
})
