import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import { BEFORE, useLab } from './fleet.ts'
import type { Backend, PosixShell } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'
import type { Famine } from './starve.ts'
import { done, limited, withoutForks } from './starve.ts'
import { endOf, leftOn, stateOf, statusOf, stub, tryOn, until, wantedWith } from './try.ts'

const CASES: readonly {
  readonly name: string
  readonly shells: readonly PosixShell[]
  readonly backend?: Backend
  readonly famine: Famine
}[] = [
  { name: 'forks', shells: ['dash', 'busybox', 'bash'], famine: withoutForks(4) },
  { name: 'memory', shells: ['dash', 'busybox'], famine: limited('--as=1:') },
  { name: 'open-files', shells: ['dash', 'busybox'], famine: limited('--nofile=0:') },
  { name: 'sizes', shells: ['dash', 'busybox'], famine: limited('--fsize=0:', '--cpu=1:') },
  { name: 'directory', shells: ['dash', 'busybox'], famine: done('rm -rf /run/mailfw') },
  { name: 'files', shells: ['dash', 'busybox'], famine: done('rm -rf /run/mailfw/attempt/*') },
  { name: 'run', shells: ['dash', 'busybox'], famine: done('umount -l /run') },
  { name: 'proc', shells: ['dash', 'busybox'], famine: done('umount -l /proc') },
  // Without its list of tables iptables-legacy-save prints nothing, and says that it succeeded
  {
    name: 'proc-legacy',
    shells: ['dash', 'busybox'],
    backend: 'legacy',
    famine: done('(sleep 8; umount /proc) >/dev/null 2>&1 & mount -t tmpfs none /proc'),
  },
]

const GUARDS = CASES.flatMap((starved) =>
  starved.shells.map((shell) => ({ ...starved, shell, host: `${starved.name}-${shell}` })),
)

describeLab('a guard outlives', () => {
  const { host } = useLab(
    GUARDS.map(({ host, shell, backend = 'nf_tables' }) => ({
      name: host,
      shell,
      backend,
      rules: BEFORE,
      saved: BEFORE,
      without: shell === 'busybox' ? ['flock'] : [],
    })),
  )

  it.concurrent.each(GUARDS)('the loss of $name, and reverts: $shell', async ({ host: name, famine }) => {
    const before = await stateOf(host(name))
    const made = await tryOn(host(name), wantedWith(25), 4)
    await made.apply()
    await famine(host(name))
    await until(host(name), '[ -e /run/mailfw/attempt/state.reverted ]')
    await host(name).run('mount -t proc proc /proc')
    expect(await stateOf(host(name))).toEqual(before)
    await until(host(name), '[ ! -e /var/lib/mailfw/attempt ]')
    expect(await leftOn(host(name))).toBe('')
    expect(await host(name).succeed('cd /run/mailfw/attempt; echo state.*')).toBe('state.reverted\n')
  })
})

describeLab('a guard whose attempt is gone', () => {
  const names = ['repaired', 'confirmed', 'ban']
  const { host } = useLab(names.map((name) => ({ name, rules: BEFORE, saved: BEFORE })))

  it.concurrent('leaves rules alone that are not what its attempt made', async () => {
    const guard = await loseAttempt(host('repaired'), 'iptables -A INPUT -p tcp --dport 2222 -j ACCEPT')
    const live = await stateOf(host('repaired'))
    await until(host('repaired'), `[ ! -e /proc/${guard} ]`)
    expect(await stateOf(host('repaired'))).toEqual(live)
    expect(await leftOn(host('repaired'))).toBe('')
  })

  it.concurrent('leaves rules alone that were confirmed since', async () => {
    const guard = await loseAttempt(
      host('confirmed'),
      'mkdir -p /var/lib/mailfw/generations/1; echo attempt=other >/var/lib/mailfw/generations/1/receipt',
    )
    const live = await stateOf(host('confirmed'))
    await until(host('confirmed'), `[ ! -e /proc/${guard} ]`)
    expect(await stateOf(host('confirmed'))).toEqual(live)
  })

  it.concurrent('keeps a ban that came since', async () => {
    await loseAttempt(host('ban'), 'iptables -I f2b-sshd 1 -s 192.0.2.99 -j REJECT')
    await until(host('ban'), '[ -e /run/mailfw/attempt/state.reverted ]')
    expect(await host('ban').save('v4')).toMatch(/192\.0\.2\.99[^]*192\.0\.2\.66/)
    expect(await host('ban').save('v4')).not.toContain('--dport 25 -j ACCEPT')
  })
})

/** Applies, removes the attempt and does something else; the guard's number. */
async function loseAttempt(host: LabHost, script: string): Promise<string> {
  const made = await tryOn(host, wantedWith(25), 3)
  await made.apply()
  return (
    await host.succeed(
      `read -r guard _ </run/mailfw/attempt/guard; rm -rf /run/mailfw; ${script}; echo "$guard"`,
    )
  ).trim()
}

describeLab('a guard for which nothing can be forked', () => {
  const { host } = useLab(
    (['dash', 'busybox', 'bash'] as const).map((shell) => ({
      name: shell,
      shell,
      rules: BEFORE,
      saved: BEFORE,
      without: shell === 'busybox' ? ['flock'] : [],
    })),
  )

  it.concurrent.each(['dash', 'busybox', 'bash'])('while it reverts goes on with it: %s', async (name) => {
    const before = await stateOf(host(name))
    const made = await tryOn(host(name), wantedWith(25), 2)
    await made.apply()
    await stub(
      host(name),
      'ip6tables-restore',
      'case $* in *-V) ;; *) : >/tmp/reached; until [ -e /tmp/starved ]; do sleep 0.05; done ;; esac\nexec /usr/sbin/ip6tables-restore "$@"',
    )
    await until(host(name), '[ -e /tmp/reached ]')
    await withoutForks(2, ': >/tmp/starved')(host(name))
    expect(await endOf(host(name))).toBe('reverted')
    expect(await stateOf(host(name))).toEqual(before)
    await until(host(name), '[ ! -e /var/lib/mailfw/attempt ]')
    expect(await leftOn(host(name))).toBe('')
    const again = await tryOn(host(name), wantedWith(26))
    await again.apply()
    await again.confirm()
  })
})

describeLab('a guard that systemd should start', () => {
  const { host } = useLab(
    ['hanging', 'empty', 'twice'].map((name) => ({ name, rules: BEFORE, saved: BEFORE })),
  )
  const START = 'while [ "$1" != sh ]; do shift; done; setsid -f "$@"'

  it.concurrent.each([
    ['hanging', 'exec sleep 1000'],
    ['empty', 'exit 0'],
    ['twice', `${START}; ${START}`],
  ])('is there also if systemd-run is %s', async (name, script) => {
    await host(name).succeed('mkdir -p /run/systemd/system')
    await stub(host(name), 'systemd-run', script)
    const before = await stateOf(host(name))
    const made = await tryOn(host(name), wantedWith(25), 6)
    expect((await made.apply()).secondsLeft).toBeGreaterThanOrEqual(4)
    expect(await endOf(host(name))).toBe('reverted')
    expect(await stateOf(host(name))).toEqual(before)
    expect((await statusOf(host(name))).log.match(/nobody confirmed/g)).toHaveLength(1)
  })
})
