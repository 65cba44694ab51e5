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
  /** One for each question, the last for all that follow. */
  answers?: readonly boolean[]
  stop?: AbortSignal
  batches?: number
}): Promise<Talk> {
  const told: string[] = []
  const answers = [...(options.answers ?? [true])]
  const results = await planThenDeploy(JOBS, {
    check: () => Promise.resolve(options.planned ?? PLANNED),
    deploy: (jobs, { released }) => {
      const names = jobs.map((job) => job.host.name)
      told.push(`deploy ${names.join(' ')}`, ...[...released].map((name) => `release ${name}`))
      return Promise.resolve(
        jobs.map((job) => result(job.host.name, 'confirmed', { connections: 2, seconds: 1 })),
      )
    },
    batches: () => options.batches ?? 1,
    show: () => told.push('show'),
    ask: (question) => {
      told.push(question)
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      return Promise.resolve(answer === true)
    },
    stop: options.stop ?? new AbortController().signal,
  })
  return { results, told }
}

function held(host: string): HostResult {
  return result(host, 'held', { code: 'on-hold', hold: { n: 3, again: 1, hold: 'too strict' } })
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

  it('says in how many batches it would go', async () => {
    expect((await talk({ batches: 2 })).told).toContain('Apply to these 2 hosts, in 2 batches?')
  })

  it('counts both visits', async () => {
    const { results } = await talk({})
    expect(results[0]).toMatchObject({ connections: 3, seconds: 1.3 })
  })

  it('leaves the hosts alone after a no, and says so', async () => {
    const { results, told } = await talk({ answers: [false] })
    expect(told).toEqual(['show', 'Apply to these 2 hosts?'])
    expect(outcomes(results)).toEqual(['mx1 skipped', 'mx2 unchanged', 'mx3 unreachable', 'mx4 skipped'])
    expect(results[0]).toMatchObject({ code: 'declined', message: 'the answer was no; nothing was changed' })
  })

  it('asks first whether hosts that are held shall be released', async () => {
    const planned = [drifted('mx1'), held('mx2'), held('mx3'), drifted('mx4')]
    const release = '2 hosts are held after a rollback. Release them, and deploy there too?'
    expect(await talk({ planned, answers: [true] })).toMatchObject({
      told: [
        'show',
        release,
        'Apply to these 4 hosts?',
        'deploy mx1 mx2 mx3 mx4',
        'release mx2',
        'release mx3',
      ],
    })
    const kept = await talk({ planned, answers: [false, true] })
    expect(kept.told).toEqual(['show', release, 'Apply to these 2 hosts?', 'deploy mx1 mx4'])
    expect(outcomes(kept.results)).toEqual(['mx1 confirmed', 'mx2 held', 'mx3 held', 'mx4 confirmed'])
  })

  it('leaves hosts that are held alone after a no, and asks no more', async () => {
    const planned = [held('mx1'), result('mx2', 'unchanged')]
    expect(await talk({ planned, answers: [false] })).toEqual({
      results: planned,
      told: ['show', 'mx1 is held after a rollback. Release it, and deploy there too?'],
    })
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
