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

describeLab('a guard that is ended while it takes the lock', () => {
  const { host } = useLab([{ name: 'no-flock', rules: BEFORE, without: ['flock'] }])

  it('leaves no file of the lock', async () => {
    const made = await tryOn(host('no-flock'), wantedWith(25))
    await made.apply()
    await host('no-flock').succeed(
      'read -r guard _ </run/mailfw/attempt/guard; kill -STOP "$guard"; : >"/run/mailfw/lock.$guard"; kill -CONT "$guard"',
    )
    await made.confirm()
    expect(await host('no-flock').succeed('ls /run/mailfw')).not.toMatch(/^lock\./m)
  })
})
