import { expect, it } from 'vitest'
import { stillAnswers, watchSecondFamily } from '../../src/host/second-family.ts'
import type { HostContext } from '../../src/host/visit.ts'
import { Visit } from '../../src/host/visit.ts'
import type { Transport } from '../../src/model/transport.ts'
import { makeHost } from '../render/make-host.ts'

it('tries the other family once before a change, however often the host is looked at, and once after it', async () => {
  const tried: string[] = []
  const probe: Transport['probe'] = (_host, address) => {
    tried.push(address)
    return Promise.resolve({ kind: 'ssh' })
  }
  const context = { transport: { probe }, abandon: new AbortController().signal } as unknown as HostContext
  const host = makeHost({ addresses: ['192.0.2.1', '2001:db8::1'] })
  const visit = new Visit({ host, wanted: { v4: '', v6: '' } }, context)
  const second = await watchSecondFamily(visit, 'v4')
  expect(await watchSecondFamily(visit, 'v4')).toEqual(second)
  expect(tried).toEqual(['2001:db8::1'])
  expect(second && (await stillAnswers(visit, second))).toBe(true)
  expect(tried).toEqual(['2001:db8::1', '2001:db8::1'])
})
