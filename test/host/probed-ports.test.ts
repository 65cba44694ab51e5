import { expect, test } from 'vitest'
import { probeSentence } from '../../src/host/probe-sentence.ts'
import type { Entrance, EntranceRules } from '../../src/host/probed-ports.ts'
import { probedPorts } from '../../src/host/probed-ports.ts'
import type { Network } from '../../src/model/network.ts'
import { parseNetwork } from '../../src/model/network.ts'
import { hostWith, loadHost } from '../inventory/inventories.ts'

const OPEN = '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n'
const closedBut = (...rules: readonly string[]) =>
  [
    '*filter',
    ':INPUT DROP [0:0]',
    ...rules.map((rule) => `-A INPUT -p tcp -m tcp ${rule} -j ACCEPT`),
    'COMMIT\n',
  ].join('\n')
const OWN = addressOf('192.0.2.7')
const V4: Entrance = { family: 'v4', address: '198.51.100.1', own: OWN }
const UNKNOWN: Entrance = { ...V4, own: undefined }
const V6: Entrance = { family: 'v6', address: '2001:db8::1', own: addressOf('2001:db8:ffff::7') }

function addressOf(text: string): Network {
  const network = parseNetwork(text)
  if ('problem' in network) throw new Error(`expected an address, got ${text}`)
  return network
}

/** `smtp 25` of each port that is tried. */
async function tried(
  settings: readonly string[],
  entrance = V4,
  rules: EntranceRules = { live: OPEN, other: undefined },
): Promise<readonly string[]> {
  const host = await loadHost(hostWith(...settings))
  return probedPorts(host.settings, entrance, rules).map(({ service, port }) => `${service} ${port}`)
}

const services = (text: string) => `mailfw_services: { ${text} }`

test('are those that our own address may use, in the family', async () => {
  const settings = [
    services(
      'smtp: {}, imaps: { from: [192.0.2.0/24] }, pop3s: { from: [192.0.2.9] }, http: { families: [v6] }, imap: { from: ["2001:db8:ffff::/48"] }',
    ),
  ]
  expect(await tried(settings)).toEqual(['smtp 25', 'imaps 993'])
  expect(await tried(settings, V6)).toEqual(['smtp 25', 'http 80', 'imap 143'])
  expect(await tried(settings, UNKNOWN)).toEqual(['smtp 25'])
})

test('are none where we are on the blocklist', async () => {
  expect(await tried([services('smtp: {}'), 'mailfw_blocklist: [192.0.2.0/25]'])).toEqual([])
  expect(await tried([services('smtp: {}'), 'mailfw_blocklist: [192.0.2.128/25]'])).toEqual(['smtp 25'])
})

test('are of TCP, named where names are given, and not under a limit that our tries would count for', async () => {
  const settings = services(
    'smtp: {}, voice: { port: 5060, protocol: udp }, imaps: { limit: { rate: 9/minute } }, imap: { limit: { rate: 10/minute } }, pop3s: { connections: 2 }, pop3: { connections: 3 }',
  )
  expect(await tried([settings])).toEqual(['smtp 25', 'imap 143', 'pop3 110'])
  expect(await tried([settings, 'mailfw_probes: { services: [pop3, pop3s] }'])).toEqual(['pop3 110'])
  expect(await tried([settings, 'mailfw_probes: false'])).toEqual([])
})

test('are a few of many: the first of a range, four of a service, sixteen of a host', async () => {
  expect(await tried([services('x: { ports: [100-199, 300, 400, 500, 600] }')])).toEqual([
    'x 100',
    'x 300',
    'x 400',
    'x 500',
  ])
  const many = Array.from({ length: 30 }, (_, index) => `x${index}: { port: ${100 + index} }`).join(', ')
  expect(await tried([services(many)])).toHaveLength(16)
})

test('are not those that the live rules close to us, where they say so', async () => {
  const settings = [services('smtp: {}, imap: {}, imaps: {}, http: {}')]
  const live = closedBut(
    '--dport 25',
    '-s 192.0.2.0/24 --dport 143',
    '-s 203.0.113.0/24 --dport 993',
    '-m iprange --src-range 192.0.2.1-192.0.2.9 --dport 80',
  )
  expect(await tried(settings, V4, { live, other: undefined })).toEqual(['smtp 25', 'imap 143', 'http 80'])
  expect(await tried(settings, UNKNOWN, { live, other: undefined })).toEqual([
    'smtp 25',
    'imap 143',
    'imaps 993',
    'http 80',
  ])
})

test('are, of other rules than those of the inventory, those alone that they surely open to us', async () => {
  const settings = [services('smtp: {}, imap: {}, imaps: {}, http: {}, pop3s: {}')]
  const other = closedBut(
    '--dport 25',
    '-s 192.0.2.7/32 --dport 143',
    '-i eth0 --dport 80',
    '-m iprange --src-range 192.0.2.1-192.0.2.9 --dport 995',
  )
  expect(await tried(settings, V4, { live: OPEN, other })).toEqual(['smtp 25', 'imap 143'])
  expect(await tried(settings, UNKNOWN, { live: OPEN, other })).toEqual(['smtp 25'])
})

test('greet by their port, else by their name, and not at all where nobody asks', async () => {
  const settings = services(
    'smtp: { ports: [25, 465, 2525] }, webmail: { ports: [443, 8443] }, imaps: { port: 1993 }',
  )
  const greetings = async (...more: readonly string[]) => {
    const host = await loadHost(hostWith(settings, ...more))
    return probedPorts(host.settings, V4, { live: OPEN, other: undefined }).map(({ port, greeting }) =>
      [port, greeting?.speech, greeting?.tls].join(' ').trim(),
    )
  }
  expect(await greetings()).toEqual([
    '25 smtp false',
    '465 smtp true',
    '2525 smtp false',
    '443 http true',
    '8443',
    '1993 imap true',
  ])
  expect(await greetings('mailfw_probes: { banner: false }')).toEqual([
    '25',
    '465',
    '2525',
    '443',
    '8443',
    '1993',
  ])
})

test('that stopped answering are named with their places, and no more than can be read', () => {
  const stopped = (service: string, port: number, address: string, now: 'silent' | 'connected') =>
    ({ service, port, address, answered: 'greeted', now }) as const
  expect(
    probeSentence([
      stopped('smtp', 25, '192.0.2.1', 'silent'),
      stopped('smtp', 25, '2001:db8::1', 'silent'),
      stopped('imaps', 993, '192.0.2.1', 'connected'),
    ]),
  ).toBe(
    'smtp (port 25 at 192.0.2.1 and 2001:db8::1) answered before the change and does not any more; imaps (port 993 at 192.0.2.1) greeted before the change and only takes connections now',
  )
  const many = Array.from({ length: 9 }, (_, index) => stopped('x', 100 + index, '192.0.2.1', 'silent'))
  expect(probeSentence(many)).toBe(
    `${[0, 1, 2, 3, 4, 5].map((index) => `x (port 10${index} at 192.0.2.1)`).join(', ')} and 3 more answered before the change and do not any more`,
  )
})
