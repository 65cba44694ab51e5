import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import { BEFORE, useLab } from './fleet.ts'
import { refusalOf, stateOf, tryOn, wantedWith } from './try.ts'

describeLab('a lock that cannot be written', () => {
  const { host } = useLab([
    { name: 'flock', rules: BEFORE },
    { name: 'no-flock', rules: BEFORE, without: ['flock'] },
  ])

  it.concurrent.each(['flock', 'no-flock'])('is not taken for another run: %s', async (name) => {
    const made = await tryOn(host(name), wantedWith(25))
    const before = await stateOf(host(name))
    await host(name).succeed('mount -o remount,ro /run')
    expect(await refusalOf(made.apply())).toMatchObject({ code: 'disk-full' })
    expect(await stateOf(host(name))).toEqual(before)
  })
})
