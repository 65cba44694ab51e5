import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import { KINDS, useLab } from './fleet.ts'
import { lookAt, tryOn, wantedWith } from './try.ts'

describeLab('examine, apply, confirm', () => {
  const { host } = useLab(KINDS)

  it.concurrent.each(KINDS)('make $name as wanted without a word on stderr', async ({ name }) => {
    const wanted = wantedWith(25)
    const made = await tryOn(host(name), wanted)
    const applied = await made.apply()
    const receipt = await made.confirm()
    expect(made.connection.errors()).toBe('')
    expect(receipt).toEqual({ live: applied.live, generation: 1, clientAddress: '198.18.255.254' })
    const after = await lookAt(host(name), wanted)
    expect(after.families.v4?.saved).toEqual({ kind: 'same' })
  })
})
