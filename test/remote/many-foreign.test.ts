import { expect, it } from 'vitest'
import { withoutCounters } from '../../src/ruleset/same-text.ts'
import { describeLab } from '../lab/describe-lab.ts'
import { useLab } from './fleet.ts'
import { lookAt, tryOn, wantedWith } from './try.ts'

const FOREIGN = Array.from(
  { length: 20_000 },
  (_, n) => `-A INPUT -s 10.0.${n >> 8}.${n & 255}/32 -j f2b-all`,
)
const OURS = Array.from({ length: 300 }, (_, n) => `-A INPUT -p tcp -m tcp --dport ${1_000 + n} -j DROP`)
const LIVE = [
  '*filter',
  ':INPUT ACCEPT [0:0]',
  ':FORWARD ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':f2b-all - [0:0]',
  ...FOREIGN,
  ...OURS,
  'COMMIT',
  '',
].join('\n')
const NATIVE = 'nft add rule ip filter FORWARD tcp dport { 25, 26 } counter drop'

describeLab('a chain in which thousands of foreign rules come before ours', () => {
  const { host } = useLab([
    { name: 'nft', rules: { v4: LIVE } },
    { name: 'legacy', backend: 'legacy', rules: { v4: LIVE } },
    { name: 'native', rules: { v4: LIVE }, setup: NATIVE },
  ])

  it.concurrent.each(['nft', 'legacy'])('is loaded at once, and so is its revert: %s', async (name) => {
    const before = withoutCounters(await host(name).save('v4'))
    const made = await tryOn(host(name), wantedWith(25))
    expect(made.plan.forward.v4).not.toContain('\n-D ')
    await made.apply()
    expect((await tryOn(host(name), wantedWith(25))).plan.forward).toEqual({ v4: '', v6: '' })
    expect(await host(name).save('v4')).toContain(FOREIGN.join('\n'))
    await made.revert()
    expect(withoutCounters(await host(name).save('v4'))).toBe(before)
  })

  it.concurrent('is not, if a rule is more than its print', async () => {
    const { families } = await lookAt(host('native'), wantedWith(25))
    expect(families.v4?.live).toContain('-A FORWARD -p tcp -j DROP')
    expect(families.v4?.isExact).toBe(false)
  })
})
