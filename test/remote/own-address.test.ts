import { expect, it } from 'vitest'
import { examine } from '../../src/remote/examine.ts'
import { describeLab } from '../lab/describe-lab.ts'
import { useLab } from './fleet.ts'
import { localConnection } from './local-connection.ts'
import { OPTIONS, refusalOf, tryOn, wantedWith } from './try.ts'

const WANTED = wantedWith(25)
const SHELLS = ['dash', 'busybox', 'bash'] as const

/** Addresses on lo, a second one on the cable, a network that a route makes local. */
const ADDRESSES = `
ip address add 198.19.7.7/32 dev lo
ip address add 198.18.7.7/15 dev eth0
ip route add local 203.0.113.0/24 dev lo
ip rule add to 203.0.113.0/24 table 77
ip route add local 192.0.2.64/26 dev lo table 77
ip -6 address add 2001:db8:0:1::/128 dev lo
ip -6 address add fe80::7/64 dev eth0 nodad
ip -6 route add local 2001:db8:7::/61 dev lo
ip -6 rule add to 2001:db8:8::/48 table 77
ip -6 route add local 2001:db8:8::/48 dev lo table 77
`

const OWN = [
  ...['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '198.19.7.7', '::ffff:198.19.7.7'],
  ...['198.18.7.7', '203.0.113.9', '192.0.2.65', '2001:db8:0:1::', 'fe80::7%eth0'],
  ...['2001:db8:7::1', '2001:db8:7:7:ffff::', '2001:db8:8:1::9'],
]
const OTHERS = [
  ...['198.18.255.254', '198.19.7.70', '98.19.7.7', '198.19.7.6', '192.0.2.63', '::ffff:198.18.255.254'],
  ...['2001:db8::ffff', '2001:db8:0:1::1', '2001:db8::1:0', 'fe80::70%eth0', 'fe80::7:0%eth0'],
  ...['2001:db8:7:8::1', '2001:db8:9::1'],
]

describeLab('the address that a session comes from', () => {
  const { host } = useLab(SHELLS.map((shell) => ({ name: shell, shell, setup: ADDRESSES })))

  const isOwn = async (name: string, client: string) =>
    (await examine(localConnection(host(name), client), WANTED, OPTIONS)).session?.clientIsOwn

  it.concurrent.each(SHELLS)(
    'is known as one of the host itself, or as that of another machine: %s',
    async (name) => {
      const { address, address6 } = host(name)
      for (const client of [...OWN, address, address6])
        expect([client, await isOwn(name, client)]).toEqual([client, true])
      for (const client of OTHERS) expect([client, await isOwn(name, client)]).toEqual([client, false])
    },
  )

  it.concurrent.each(SHELLS)(
    'decides whether a confirmation proves that others are let in: %s',
    async (name) => {
      const made = await tryOn(host(name), WANTED)
      await made.apply()
      const enteredAt = host(name).address
      const confirmFrom = (client: string, at = enteredAt) =>
        made.confirm({ enteredAt: at }, localConnection(host(name), client))
      expect(await refusalOf(confirmFrom('::ffff:127.0.0.1'))).toMatchObject({ code: 'way-in-unproven' })
      expect(await refusalOf(confirmFrom('198.18.255.254', '198.19.7.7'))).toMatchObject({
        code: 'other-address',
        detail: enteredAt,
      })
      expect(await confirmFrom('198.18.255.254')).toMatchObject({ generation: 1 })
    },
  )
})
