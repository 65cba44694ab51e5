import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import { KINDS, useLab } from './fleet.ts'
import { deploy, lookAt, stateOf, tryOn, wantedWith } from './try.ts'

const WANTED = {
  v4: `${wantedWith(25).v4}*mangle\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n`,
  v6: wantedWith(25).v6,
}
/** iptables-save writes it in words that stand for another rule. */
const HMARK = '-A PREROUTING -i none0 -j HMARK --hmark-tuple src,dst --hmark-mod 10 --hmark-rnd 1'
/** So does that of the legacy backend. */
const NO_INTERFACE = '-A FORWARD ! -i + -j DROP'
const PLAIN = Array.from({ length: 30 }, (_, n) => `-A PREROUTING -s 192.0.2.${n} -j ACCEPT`)
const LIVE = ['*mangle', ...PLAIN, HMARK, PLAIN[0], HMARK, ...PLAIN.slice(0, 3), 'COMMIT', ''].join('\n')

describeLab('a rule that its own words do not delete', () => {
  const { host } = useLab([
    ...KINDS.map((kind) => ({ ...kind, rules: { v4: LIVE } })),
    { name: 'no-interface', backend: 'legacy', rules: { v6: `*filter\n${NO_INTERFACE}\nCOMMIT\n` } },
    ...KINDS.filter(({ name }) => /dash/.test(name)).map((kind) => ({
      ...kind,
      name: `many-${kind.name}`,
      rules: { v6: thousands() },
    })),
  ])

  it.concurrent.each(KINDS)('is named, and its chain is rebuilt: $name', async ({ name }) => {
    const before = await stateOf(host(name))
    const { plan, ...made } = await tryOn(host(name), WANTED)
    expect(await stateOf(host(name))).toEqual(before)
    expect(plan.undeletable).toEqual([
      expect.stringMatching(/^-t mangle -A PREROUTING -i none0 -j HMARK /),
      expect.stringMatching(/^-t mangle -A PREROUTING -i none0 -j HMARK /),
    ])
    await made.apply()
    await made.confirm()
    expect(await host(name).save('v4')).not.toContain('-A PREROUTING')
    expect((await tryOn(host(name), WANTED)).plan.isEmpty).toBe(true)
  })

  it.concurrent('is named where it prints like another one', async () => {
    const { plan } = await tryOn(host('no-interface'), wantedWith(25))
    expect(plan.undeletable).toEqual(['-A FORWARD -j DROP'])
    await deploy(host('no-interface'), wantedWith(25))
    expect(await host('no-interface').save('v6')).not.toContain('-A FORWARD')
  })

  it.concurrent.each(['many-dash-nft', 'many-dash-legacy'])(
    'is looked for among thousands: %s',
    async (name) => {
      const before = await host(name).save('v6')
      const { families } = await lookAt(host(name), wantedWith(25))
      const spelled = (number: number) =>
        families.v6?.spelling({
          table: 'filter',
          chain: 'INPUT',
          rule: `-s 2001:db8:${number.toString(16)}::/64 -j DROP`,
        })
      expect(spelled(4_000)).toBe('-s 2001:db8:fa0::/64 -j DROP')
      expect(await host(name).save('v6')).toBe(before)
    },
  )
})

function thousands(): string {
  const rules = Array.from(
    { length: 6_000 },
    (_, n) => `-A INPUT -s 2001:db8:${n.toString(16)}::/64 -j DROP\n`,
  )
  return `*filter\n:INPUT ACCEPT [0:0]\n${rules.join('')}COMMIT\n`
}
