import { expect, test } from 'vitest'
import { settingsSum } from '../../src/policy/settings-sum.ts'
import { hostWith, load, loadHost, problemsOf } from './inventories.ts'

const SERVICES = 'mailfw_services: { smtp: {}, smtps: {}, imaps: {} }'
const probesOf = async (text: string, ...more: readonly string[]) =>
  (await loadHost(hostWith(SERVICES, `mailfw_probes: ${text}`, ...more))).settings.probes

test.each(['false', 'no', '"off"', '{ services: [] }'])('tries nothing where it says %s', async (text) => {
  expect(await probesOf(text)).toBe(false)
})

test('takes what is not said from the defaults', async () => {
  const all = { services: 'all', timeoutSeconds: 5, banner: true }
  expect(await probesOf('{}')).toEqual(all)
  expect(await probesOf('{ banner: no }')).toEqual({ ...all, banner: false })
  expect(await probesOf('{ timeout_seconds: 9 }')).toEqual({ ...all, timeoutSeconds: 9 })
  expect(await probesOf('{ services: imaps }')).toEqual({ ...all, services: ['imaps'] })
})

test('takes an alias for the service that it names', async () => {
  expect(await probesOf('{ services: [smtps] }')).toMatchObject({ services: ['submissions'] })
})

test('merges its levels, and the lowest that says false counts where no other says more', async () => {
  const { hosts } = await load(`
mail:
  vars: { ${SERVICES}, mailfw_probes: { services: [smtp], banner: false } }
  hosts:
    mx1: { mailfw_probes: { timeout_seconds: 2 } }
    mx2: { mailfw_probes: { services: null, banner: true } }
    mx3: { mailfw_probes: false }
`)
  expect(hosts.map(({ settings }) => settings.probes)).toEqual([
    { services: ['smtp'], timeoutSeconds: 2, banner: false },
    { services: 'all', timeoutSeconds: 5, banner: true },
    false,
  ])
})

test('lets a group name services that some of its hosts do without', async () => {
  const { hosts } = await load(`
mail:
  vars: { ${SERVICES}, mailfw_probes: { services: [smtp, imaps] } }
  hosts: { mx1: { mailfw_services: { imaps: false } }, mx2: {} }
`)
  expect(hosts).toHaveLength(2)
})

test.each([
  [
    '{ services: [imap] }',
    'services.0: expected a service of mailfw_services, got "imap"; did you mean "imaps"?',
  ],
  ['{ services: [ssh] }', 'services.0: expected a service of mailfw_services, got "ssh"'],
  ['{ timeout_seconds: 0 }', 'timeout_seconds: expected a number of seconds from 1 to 60, got 0'],
  ['{ banner: maybe }', 'banner: expected true or false, got "maybe"'],
  [
    '{ service: [smtp] }',
    'service: expected one of services, timeout_seconds, banner, got "service"; did you mean "services"?',
  ],
  ['5', ': expected a map of services, timeout_seconds, banner, or false, got 5'],
])('says where it is wrong: %s', async (text, problem) => {
  const problems = await problemsOf(loadHost(hostWith(SERVICES, `mailfw_probes: ${text}`)))
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(/^inventory\.yaml:5:\d+ mail\.hosts\.mx1\.mailfw_probes/)
  expect(problems[0]?.endsWith(problem)).toBe(true)
})

test('is none of what the rules come from, and neither is the window', async () => {
  const sums = [
    await loadHost(hostWith(SERVICES)),
    await loadHost(hostWith(SERVICES, 'mailfw_probes: false', 'mailfw_confirm_seconds: 90')),
    await loadHost(hostWith(SERVICES, 'mailfw_ping: false')),
  ].map(settingsSum)
  expect(sums[1]).toBe(sums[0])
  expect(sums[2]).not.toBe(sums[0])
})
