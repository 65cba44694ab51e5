import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { program } from '../../src/remote/archive.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import {
  deploy,
  leftOn,
  lookAt,
  recoverOn,
  refusalOf,
  stateOf,
  statusOf,
  stub,
  tryOn,
  until,
  wantedWith,
} from './try.ts'

const WANTED = wantedWith(25)
const BACK = wantedWith(25, 993)

const refusing = (family: 'iptables' | 'ip6tables') =>
  `case "$*" in *--noflush*) echo "the kernel says no" >&2; exit 1 ;; esac\nexec /usr/sbin/${family}-restore "$@"`

const slow = 'case "$*" in *--noflush*) : >/tmp/slow; sleep 1 ;; esac\nexec /usr/sbin/iptables-restore "$@"'

describeLab('apply', () => {
  const old = { rules: BEFORE, saved: BEFORE }
  const { host } = useLab([
    ...KINDS.map((kind) => ({ ...kind, ...old })),
    ...['v4-refused', 'two', 'pending', 'no-guard', 'changed', 'held-meanwhile', 'revert', 'cancelled'].map(
      (name) => ({
        name,
        ...old,
      }),
    ),
    { name: 'no-directory' },
    {
      name: 'slow-sets',
      setup: 'ipset create office hash:net\niptables -A INPUT -m set --match-set office src -j ACCEPT\n',
    },
    { name: 'awk-mawk' },
    { name: 'awk-busybox', setup: 'ln -s /bin/busybox /usr/local/sbin/awk' },
    ...['no-flock', 'stale'].map((name) => ({ name, ...old, without: ['flock'] })),
    ...['random-dash', 'random-bash'].map((name) => ({
      name,
      ...old,
      shell: name === 'random-bash' ? ('bash' as const) : ('dash' as const),
    })),
  ])

  it.concurrent.each(KINDS)('changes neither family where IPv6 is refused: $name', async ({ name }) => {
    const before = await stateOf(host(name))
    await stub(host(name), 'ip6tables-restore', refusing('ip6tables'))
    const made = await tryOn(host(name), WANTED)
    const refusal = await refusalOf(made.apply())
    expect(refusal).toMatchObject({
      code: 'apply-refused',
      detail: expect.stringContaining('the kernel says no') as string,
    })
    expect(await stateOf(host(name))).toEqual(before)
    expect(made.connection.errors()).toBe('')
    expect((await statusOf(host(name))).pending).toMatchObject({ state: 'reverted', guardAlive: false })
    expect(await leftOn(host(name))).toBe('')
    expect(await host(name).succeed('find /run/mailfw -perm /077')).toBe('')
  })

  it.concurrent('does not come to IPv6 where IPv4 is refused', async () => {
    const before = await stateOf(host('v4-refused'))
    await stub(host('v4-refused'), 'iptables-restore', refusing('iptables'))
    await stub(
      host('v4-refused'),
      'ip6tables-restore',
      'echo "$* ${MAILFW_ATTEMPT:+attempt}" >>/tmp/v6\nexec /usr/sbin/ip6tables-restore "$@"',
    )
    const made = await tryOn(host('v4-refused'), WANTED)
    expect(await refusalOf(made.apply())).toMatchObject({ code: 'apply-refused' })
    expect(await stateOf(host('v4-refused'))).toEqual(before)
    expect(await host('v4-refused').succeed('grep -c "noflush.*attempt" /tmp/v6 || :')).toBe('0\n')
  })

  it.concurrent.each(['two', 'no-flock'])('is done by one of two who come at once: %s', async (name) => {
    const tries = await Promise.all([tryOn(host(name), WANTED), tryOn(host(name), wantedWith(26))])
    await stub(host(name), 'iptables-restore', slow)
    const [first, second] = tries
    const applying = first.apply()
    await until(host(name), '[ -e /tmp/slow ]')
    expect(await refusalOf(second.apply())).toMatchObject({ code: 'busy' })
    await applying
    expect(await refusalOf(second.apply())).toMatchObject({
      code: 'busy',
      detail: expect.stringContaining(`${first.id} applied`) as string,
    })
    expect((await lookAt(host(name), WANTED)).pending).toMatchObject({
      id: first.id,
      guardAlive: true,
      thisBoot: true,
    })
    await first.confirm()
    expect(await host(name).succeed('ls -A /run/mailfw')).not.toMatch(/attempt|broken|lock[.]/)
  })

  it.concurrent('takes a lock whose holder is dead', async () => {
    await host('stale').succeed('mkdir -m 700 /run/mailfw; echo "99999 1" >/run/mailfw/holder')
    const made = await tryOn(host('stale'), WANTED)
    await made.apply()
    await made.confirm()
    expect(await host('stale').succeed('ls -A /run/mailfw')).toBe('')
  })

  it.concurrent.each(['awk-mawk', 'awk-busybox'])(
    'takes no snapshot for one that could not be written whole: %s',
    async (name) => {
      const functions = program()
        .toString()
        .replace(/main "\$@"\n$/, '')
      const script = `${functions}
        attempt=/mnt foreign='^$' tables='' families=v4 saved_v4='' saved_v6=''
        true >/mnt/examined; true >/mnt/blank.v4
        take_snapshots 2>/dev/null && echo whole || echo torn`
      await stub(host(name), 'iptables-save', 'echo "*filter"; seq 1 4000; echo COMMIT')
      const snapshotOn = async (kilobytes: number) => {
        await host(name).succeed(`mount -t tmpfs -o size=${kilobytes}k none /mnt`)
        return host(name).succeed('exec sh -s', { input: script })
      }
      expect(await snapshotOn(64)).toBe('whole\n')
      expect(await snapshotOn(32)).toBe('torn\n') // room for one of the two
      expect(await snapshotOn(8)).toBe('torn\n')
    },
  )

  it.concurrent('gives the whole window, however long it took to prepare', async () => {
    const on = host('slow-sets')
    await stub(on, 'ipset', '[ "$1" != save ] || sleep 3; exec /usr/sbin/ipset "$@"')
    const made = await tryOn(on, WANTED, 5)
    await made.apply()
    await sleep(1_500)
    expect((await statusOf(on)).pending?.state).toBe('applied')
    await made.confirm()
  })

  it.concurrent('takes the place of what is no attempt, and says if it has no place', async () => {
    const on = host('no-directory')
    const made = await tryOn(on, WANTED)
    await stub(on, 'mkdir', 'case "$*" in */attempt) exit 1 ;; esac; exec /usr/bin/mkdir "$@"')
    expect(await refusalOf(made.apply())).toMatchObject({ code: 'disk-full' })
    await on.succeed('rm /usr/local/sbin/mkdir; : >/run/mailfw/attempt')
    await made.apply()
    await made.confirm()
  })

  it.concurrent('does not begin without a guard', async () => {
    const before = await stateOf(host('no-guard'))
    await stub(host('no-guard'), 'setsid', 'exit 1')
    const made = await tryOn(host('no-guard'), WANTED)
    expect(await refusalOf(made.apply())).toMatchObject({ code: 'guard-missing' })
    expect(await stateOf(host('no-guard'))).toEqual(before)
    expect(await host('no-guard').succeed('ls /run/mailfw')).not.toContain('attempt')
  })

  it.concurrent('does not begin once it was cancelled, which one that has begun cannot be', async () => {
    const here = host('cancelled')
    const [late, made] = await Promise.all([tryOn(here, WANTED), tryOn(here, WANTED)])
    const before = await stateOf(here)
    expect(await late.cancel()).toBe('cancelled')
    expect(await refusalOf(late.apply())).toMatchObject({ code: 'cancelled' })
    expect(await stateOf(here)).toEqual(before)
    await made.apply()
    expect(await made.cancel()).toBe('begun')
    await made.confirm()
    expect(await made.cancel()).toBe('begun')
    expect(await refusalOf(late.apply())).toMatchObject({ code: 'cancelled' })
  })

  it.concurrent('does not begin where live is not what was examined', async () => {
    const made = await tryOn(host('changed'), WANTED)
    await host('changed').succeed('ip6tables -A INPUT -p tcp --dport 9 -j ACCEPT')
    const before = await stateOf(host('changed'))
    expect(await refusalOf(made.apply())).toMatchObject({ code: 'live-changed' })
    expect(await stateOf(host('changed'))).toEqual(before)
    expect(await leftOn(host('changed'))).toBe('')
  })

  it.concurrent('does not begin where somebody has confirmed another generation meanwhile', async () => {
    const here = host('held-meanwhile')
    await deploy(here, WANTED)
    await here.succeed('echo "# by hand" >>/etc/iptables/rules.v4')
    const late = await tryOn(here, WANTED)
    expect(late.plan.tables).toEqual([])
    await deploy(here, BACK)
    expect(await refusalOf(late.apply())).toMatchObject({ code: 'live-changed' })
    expect((await lookAt(here, BACK)).families.v4?.saved).toEqual({ kind: 'same' })
    expect(await leftOn(here)).toBe('')
  })

  it.concurrent('is taken back by its id, as often as one likes', async () => {
    const before = await stateOf(host('revert'))
    const made = await tryOn(host('revert'), WANTED)
    expect(await refusalOf(made.revert())).toMatchObject({ code: 'no-attempt' })
    await made.apply()
    const other = await tryOn(host('revert'), WANTED)
    expect(await refusalOf(other.revert())).toMatchObject({ code: 'other-attempt', detail: made.id })
    await made.revert()
    await made.revert()
    expect(await stateOf(host('revert'))).toEqual(before)
    expect(await leftOn(host('revert'))).toBe('')
    expect(made.connection.errors()).toBe('')
  })

  it.concurrent.each(['random-dash', 'random-bash'])(
    'and confirm may die at any moment: %s',
    async (name) => {
      const wants = [WANTED, wantedWith(26)] as const
      for (let round = 0; round < 3; round++) {
        const before = await stateOf(host(name))
        const wanted = wants[round % 2] ?? WANTED
        const made = await tryOn(host(name), wanted, 2)
        const milliseconds = randomInt(20, 500)
        const story = made
          .apply()
          .then(() => made.confirm())
          .catch(() => undefined)
        await sleep(milliseconds)
        await host(name).run('read -r holder _ </run/mailfw/holder && kill -9 $holder')
        await story
        await settle(host(name))
        const after = await stateOf(host(name))
        const where = `killed after ${milliseconds} ms`
        if ((await statusOf(host(name))).receipt?.attempt === made.id) {
          expect((await lookAt(host(name), wanted)).families, where).toMatchObject({
            v4: { saved: { kind: 'same' } },
            v6: { saved: { kind: 'same' } },
          })
          expect((await tryOn(host(name), wanted)).plan.isEmpty, where).toBe(true)
        } else {
          expect(after, where).toEqual(before)
        }
        expect(await leftOn(host(name)), where).toBe('')
      }
    },
  )
})

/** Leaves the attempt to its guard; where it died before it had one, the next contact clears it away. */
async function settle(host: LabHost): Promise<void> {
  for (;;) {
    const { pending } = await statusOf(host)
    if (pending === undefined || pending.state === 'reverted') return
    if (!pending.guardAlive) await recoverOn(host).catch(() => undefined)
    await sleep(100)
  }
}
