import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import { BEFORE, useLab } from './fleet.ts'
import { endOf, leftOn, stateOf, statusOf, stub, tryOn, wantedWith } from './try.ts'

const WANTED = wantedWith(25)

describeLab('live rules that cannot be read at the deadline', () => {
  const { host } = useLab([
    { name: 'virgin' },
    { name: 'virgin-legacy', backend: 'legacy' },
    { name: 'native' },
    { name: 'hanging', rules: BEFORE, saved: BEFORE },
    { name: 'bans', rules: BEFORE, saved: BEFORE },
  ])

  it.concurrent.each(['virgin', 'virgin-legacy'])(
    'are not taken for the old ones of a host that had none: %s',
    async (name) => {
      const made = await tryOn(host(name), WANTED, 2)
      await made.apply()
      await failingSaves(host(name), 1, 'exit 3')
      expect(await endOf(host(name))).toBe('reverted')
      expect(await host(name).save('v4')).not.toContain('-A ')
    },
  )

  it.concurrent('are taken out if a rule of nft hides them, and nobody says that they are back', async () => {
    const made = await tryOn(host('native'), WANTED, 2)
    await made.apply()
    await host('native').succeed('nft insert rule ip filter INPUT ct state vmap "{ established : accept }"')
    expect(await host('native').succeed('nft list ruleset ip')).toContain('dport 25')
    expect(await endOf(host('native'))).toBe('revert-failed')
    expect(await host('native').succeed('nft list ruleset ip')).not.toContain('dport 25')
  })

  it.concurrent('are not waited for by a guard', async () => {
    const before = await stateOf(host('hanging'))
    const made = await tryOn(host('hanging'), WANTED, 2)
    await made.apply()
    await stub(host('hanging'), 'timeout', 'shift 3\nexec /usr/bin/timeout -s KILL 1 "$@"')
    await failingSaves(host('hanging'), 1, 'exec sleep 1000')
    expect(await endOf(host('hanging'))).toBe('reverted')
    expect(await stateOf(host('hanging'))).toEqual(before)
    expect(await leftOn(host('hanging'))).toBe('')
  })

  it.concurrent('do not cost the bans that the snapshot has', async () => {
    const before = await stateOf(host('bans'))
    const made = await tryOn(host('bans'), WANTED, 2)
    await made.apply()
    await failingSaves(host('bans'), 3, 'exit 3')
    expect(await endOf(host('bans'))).toBe('reverted')
    expect(await stateOf(host('bans'))).toEqual(before)
    expect((await statusOf(host('bans'))).log).not.toContain('bare')
  })
})

/** What iptables-save does the next few times. */
async function failingSaves(host: LabHost, times: number, script: string): Promise<void> {
  await host.succeed(`for n in $(seq ${times}); do : >/tmp/unread.$n; done`)
  await stub(
    host,
    'iptables-save',
    `[ "$*" != -V ] || exec /usr/sbin/iptables-save -V\nfor n in /tmp/unread.*; do [ ! -e "$n" ] || { rm "$n"; ${script}; }; done\nexec /usr/sbin/iptables-save "$@"`,
  )
}
