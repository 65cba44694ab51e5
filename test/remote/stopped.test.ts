import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import { BEFORE, useLab } from './fleet.ts'
import { endOf, leftOn, refusalOf, stateOf, stub, tryOn, until, wantedWith } from './try.ts'

describeLab('a shell that stands still with the lock', () => {
  const { host } = useLab([
    { name: 'flock', rules: BEFORE, saved: BEFORE },
    { name: 'no-flock', rules: BEFORE, saved: BEFORE, without: ['flock'] },
  ])

  it.concurrent.each(['flock', 'no-flock'])(
    'is ended by the guard, and by nobody before: %s',
    async (name) => {
      const before = await stateOf(host(name))
      const [made, other] = [
        await tryOn(host(name), wantedWith(25), 4),
        await tryOn(host(name), wantedWith(26)),
      ]
      await stub(
        host(name),
        'ip6tables-restore',
        `case "$*" in *--noflush*) [ -e /tmp/stopped ] || { : >/tmp/stopped; read -r holder _ </run/mailfw/holder; kill -STOP $holder; } ;; esac
exec /usr/sbin/ip6tables-restore "$@"`,
      )
      // What waits for it stands still with it, save for a shell.
      const open = () => made.connection.open(`sh -c 'sh -s; :'`)
      const applying = made.apply({}, { ...made.connection, open }).catch((error: unknown) => error)
      await until(host(name), '[ -e /tmp/stopped ]')
      expect(await refusalOf(other.apply())).toMatchObject({ code: 'busy' })
      expect(await endOf(host(name))).toBe('reverted')
      expect(await stateOf(host(name))).toEqual(before)
      expect(await leftOn(host(name))).toBe('')
      await applying
      await (await tryOn(host(name), wantedWith(26))).apply()
    },
  )
})

describeLab('a guard', () => {
  const { host } = useLab([{ name: 'renamed', rules: BEFORE, saved: BEFORE }])

  it('does not go when it looks while the state is renamed', async () => {
    const made = await tryOn(host('renamed'), wantedWith(25))
    await made.apply()
    // It looks before each time that it sleeps.
    await host('renamed').succeed(`
      cd /run/mailfw/attempt
      read -r guard _ <guard
      asleep() { until pgrep -P $guard sleep; do sleep 0.05; done; }
      mv state.applied hidden
      first=$(asleep)
      while [ -e /proc/$guard ] && [ "$(asleep)" = "$first" ]; do sleep 0.05; done
      mv hidden state.applied
      [ -e /proc/$guard ]
    `)
    await made.confirm()
  })
})
