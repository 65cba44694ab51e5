import { expect, it } from 'vitest'
import type { Wanted } from '../../src/model/host.ts'
import { describeLab } from '../lab/describe-lab.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import { deploy, refusalOf, stateOf, stub, tryOn, wantedWith } from './try.ts'

const plain = wantedWith(25)
/** Rules of the user's own that name an interface which by default is another program's. */
const withBridge = each(plain, (text) =>
  text.replace(
    '-A INPUT -i lo -j ACCEPT\n',
    '-A INPUT -i lo -j ACCEPT\n-A INPUT -i br-lan -p tcp -m tcp --dport 22 -j DROP\n',
  ),
)

describeLab('a rule of ours that looks foreign', () => {
  const { host } = useLab([
    ...KINDS.map((kind) => ({ ...kind, rules: BEFORE })),
    { name: 'half', rules: BEFORE },
  ])

  it.concurrent.each(KINDS)('goes with the change that brought it: $name', async ({ name }) => {
    await deploy(host(name), plain)
    const before = await stateOf(host(name))
    const made = await tryOn(host(name), withBridge)
    await made.apply()
    expect(await host(name).save('v4')).toContain('-i br-lan ')
    await made.revert()
    expect(await stateOf(host(name))).toEqual(before)
  })

  it.concurrent(
    'comes back with the change that removed it, also where only one family was changed',
    async () => {
      await deploy(host('half'), withBridge)
      const before = await stateOf(host('half'))
      const made = await tryOn(host('half'), plain)
      await stub(
        host('half'),
        'ip6tables-restore',
        'case "$*" in *--noflush*) exit 1 ;; esac\nexec /usr/sbin/ip6tables-restore "$@"',
      )
      expect(await refusalOf(made.apply())).toMatchObject({ code: 'apply-refused' })
      expect(await stateOf(host('half'))).toEqual(before)
    },
  )
})

function each(wanted: Wanted, edit: (text: string) => string): Wanted {
  return { v4: edit(wanted.v4), v6: edit(wanted.v6) }
}
