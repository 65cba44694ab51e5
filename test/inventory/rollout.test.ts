import { describe, expect, it } from 'vitest'
import type { Rollout } from '../../src/model/rollout.ts'
import { load } from './inventories.ts'

async function rolloutOf(value: string): Promise<Rollout> {
  const { rollout } = await load(
    `all:\n  vars:\n    mailfw_services: {}\n    mailfw_rollout: ${value}\n  children:\n    mx: { hosts: { mx1: , mx2:  } }\n    web: { hosts: { web1:  } }\n`,
  )
  return rollout
}

const SHARES = [
  { kind: 'hosts', count: 1 },
  { kind: 'percent', percent: 10 },
]

describe('mailfw_rollout', () => {
  it('is read as a map', async () => {
    expect(
      await rolloutOf('{ batch: [1, 10%], apart: [mx, web], max_failures: 5%, when_exceeded: rollback }'),
    ).toEqual({
      batch: SHARES,
      apart: [
        { group: 'mx', hosts: ['mx1', 'mx2'] },
        { group: 'web', hosts: ['web1'] },
      ],
      maxFailures: { kind: 'percent', percent: 5 },
      whenExceeded: 'rollback',
    })
    expect(await rolloutOf('{ max_failures: 0 }')).toEqual({ maxFailures: { kind: 'hosts', count: 0 } })
  })

  it.each(['"1,10%"', '[1, 10%]', '["1", 10%]', '1, 10%'])('is the batches alone, as %s', async (value) => {
    expect(await rolloutOf(value)).toEqual({ batch: SHARES })
  })

  it('is nothing where it is not set', async () => {
    expect((await load('mx: { vars: { mailfw_services: {} }, hosts: { mx1:  } }')).rollout).toEqual({})
  })

  it('may stand in any group that holds every host', async () => {
    const text = 'mail: { vars: { mailfw_services: {}, mailfw_rollout: 2 }, hosts: { mx1:  } }'
    expect((await load(text)).rollout).toEqual({ batch: [{ kind: 'hosts', count: 2 }] })
  })

  it('may stand in a group at the top of the file, beside others', async () => {
    const text =
      'databases: { hosts: { db1:  } }\nmail: { vars: { mailfw_services: {}, mailfw_rollout: 2 }, hosts: { mx1:  } }'
    expect((await load(text)).rollout).toEqual({ batch: [{ kind: 'hosts', count: 2 }] })
  })

  it('is refused where two groups at the top have one', async () => {
    const text =
      'mx: { vars: { mailfw_services: {}, mailfw_rollout: 2 }, hosts: { mx1:  } }\nweb: { vars: { mailfw_rollout: 3 }, hosts: { web1:  } }'
    await expect(load(text)).rejects.toMatchObject({
      problems: [
        { line: 2, column: 16, message: expect.stringContaining('the group "mx" has one too') as string },
      ],
    })
  })

  it('is set by -e, which is stronger, key by key', async () => {
    const text =
      'mail: { vars: { mailfw_services: {}, mailfw_rollout: { batch: 2, max_failures: 1 } }, hosts: { mx1:  } }'
    const { rollout } = await load(text, { extraVars: ['{ mailfw_rollout: { batch: 3 } }'] })
    expect(rollout).toEqual({
      batch: [{ kind: 'hosts', count: 3 }],
      maxFailures: { kind: 'hosts', count: 1 },
    })
  })

  it('is refused where it is said of some hosts alone', async () => {
    const text =
      'all:\n  vars: { mailfw_services: {} }\n  children:\n    mx:\n      vars:\n        mailfw_rollout: 1\n      hosts: { mx1:  }\n  hosts:\n    web: { mailfw_rollout: 2 }\n'
    await expect(load(text)).rejects.toMatchObject({
      problems: [
        {
          line: 6,
          column: 9,
          message: expect.stringContaining('in the vars of all or of another group at the top') as string,
        },
        {
          line: 9,
          column: 12,
          message: expect.stringContaining('in the vars of all or of another group at the top') as string,
        },
      ],
    })
  })

  const batches = 'expected numbers of hosts or percentages, such as 1,10%,100%, got'
  it.each([
    ['0', `${batches} "0"`],
    ['101%', `${batches} "101%"`],
    ['[]', batches],
    ['[1, ten]', `${batches} "1,ten"`],
    ['{ batch: 1.5 }', `${batches} "1.5"`],
    ['{ max_failures: -1 }', 'expected a number of hosts or a percentage, such as 2 or 5%, got "-1"'],
    ['{ when_exceeded: undo }', 'expected stop or rollback, got "undo"'],
    ['{ apart: [ms] }', 'expected a group of the inventory, got "ms"; did you mean "mx"?'],
    ['{ batches: 1 }', 'expected one of batch, apart, max_failures, when_exceeded, got "batches"'],
  ])('is refused with its place: %s', async (value, message) => {
    await expect(rolloutOf(value)).rejects.toMatchObject({
      problems: [{ line: 4, message: expect.stringContaining(message) as string }],
    })
  })
})
