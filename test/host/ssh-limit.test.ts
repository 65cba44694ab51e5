import { expect, it } from 'vitest'
import type { Settings } from '../../src/model/host.ts'
import { strictSshLimit } from '../../src/host/ssh-limit.ts'
import { makeHost } from '../render/make-host.ts'
import type { HostCase } from '../render/make-host.ts'
import { examinationWith } from './examination.ts'

const STRICT = { ssh: { limit: { count: 6, per: 'minute', burst: 9 } } } as const

function settingsOf(host: HostCase): Settings {
  return makeHost(host).settings
}

it.each([
  ['a burst under 10', STRICT, 'a burst of 9'],
  ['less than three connections at once', { ssh: { connections: 2 } }, 'connections is 2'],
] as const)('a limit on SSH that counts us is found, if it has %s', (_title, host, says) => {
  expect(strictSshLimit(settingsOf(host), examinationWith())).toEqual([
    {
      code: 'ssh-limit-counts-us',
      severity: 'warning',
      message: expect.stringMatching(`${says}.*add 198.51.100.7`) as string,
    },
  ])
})

it.each([
  ['counts no controller', { ...STRICT, controllers: ['198.51.100.0/24'] }],
  ['lets in ten at once', { ssh: { limit: { count: 6, per: 'minute', burst: 10 }, connections: 3 } }],
  ['is absent', {}],
] as const)('a limit on SSH is no finding, if it %s', (_title, host) => {
  expect(strictSshLimit(settingsOf(host), examinationWith())).toEqual([])
})

it('a controller is one also if sshd names its address as IPv6 mapped', () => {
  const session = {
    clientAddress: '::ffff:198.51.100.7',
    clientIsOwn: false,
    serverAddress: '::ffff:192.0.2.1',
    serverPort: 22,
  }
  const settings = settingsOf({ ...STRICT, controllers: ['198.51.100.7'] })
  expect(strictSshLimit(settings, examinationWith({ session }))).toEqual([])
})
