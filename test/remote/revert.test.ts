import { expect, it } from 'vitest'
import { CallError } from '../../src/remote/call.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import { ban } from '../lab/programs/fail2ban.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import {
  endOf,
  leftOn,
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

/** For ip6tables-restore: what it does when the change comes, not when snapshots are tested or put back. */
function onChange(script: string): string {
  return `case "$*" in *--noflush*) [ -e /tmp/changed ] || { : >/tmp/changed; ${script}; } ;; esac
exec /usr/sbin/ip6tables-restore "$@"`
}

const killHolder = 'read -r holder _ </run/mailfw/holder; kill -9 $holder'
const killGuard = 'read -r guard _ </run/mailfw/attempt/guard; kill -9 $guard'

describeLab('the guard', () => {
  const { host } = useLab([
    ...KINDS.map((kind) => ({ ...kind, rules: BEFORE, saved: BEFORE })),
    ...['between', 'hanging', 'half-way', 'channel', 'ban', 'flushed', 'systemd', 'foreign'].map((name) => ({
      name,
      rules: BEFORE,
      saved: BEFORE,
    })),
    { name: 'virgin' },
    { name: 'virgin-legacy', backend: 'legacy' },
    ...KINDS.filter(({ backend }) => backend === 'nf_tables').map(({ name, shell }) => ({
      name: `ended-${name}`,
      shell,
    })),
    {
      name: 'set',
      setup: `${ban('192.0.2.9', { action: 'ipset' })}iptables -A INPUT -p tcp --dport 22 -j ACCEPT`,
    },
  ])

  it.concurrent.each(KINDS)('puts everything back at the deadline: $name', async ({ name }) => {
    const before = await stateOf(host(name))
    const made = await tryOn(host(name), WANTED, 2)
    await made.apply()
    expect(await host(name).save('v6')).toContain('--dport 25 -j ACCEPT')
    expect(await endOf(host(name))).toBe('reverted')
    expect(await stateOf(host(name))).toEqual(before)
    expect(made.connection.errors()).toBe('')
    expect(await leftOn(host(name))).toBe('')
    expect((await statusOf(host(name))).log).toMatch(/nobody confirmed.*\n.*put back by inverse/)
  })

  it.concurrent.each(['virgin', 'virgin-legacy'])(
    'brings back a host without any table: %s',
    async (name) => {
      const made = await tryOn(host(name), WANTED, 2)
      await made.apply()
      expect(await endOf(host(name))).toBe('reverted')
      for (const family of ['v4', 'v6'] as const) {
        const live = await host(name).save(family)
        expect(live.replace(/^(\*.*|:\S+ ACCEPT|COMMIT)\n/gm, '')).toBe('')
      }
    },
  )

  it.concurrent('acts when the shell is killed between IPv4 and IPv6', async () => {
    const [before, made] = await changeWith(host('between'), 'exec sleep 1000')
    const applying = made.apply().catch((error: unknown) => error)
    await until(host('between'), '[ -e /tmp/changed ]')
    expect(await host('between').save('v4')).not.toBe(before['live v4'])
    await host('between').succeed(killHolder)
    expect(await endOf(host('between'))).toBe('reverted')
    expect(await stateOf(host('between'))).toEqual(before)
    // What it had started would change the rules again, later.
    expect(await leftOn(host('between'))).toBe('')
    expect(await applying).toBeInstanceOf(CallError)
  })

  it.concurrent('ends a restore that hangs, and the shell that waits for it', async () => {
    const [before, made] = await changeWith(host('hanging'), 'exec sleep 1000')
    await expect(made.apply()).rejects.toBeInstanceOf(CallError)
    expect(await endOf(host('hanging'))).toBe('reverted')
    expect(await stateOf(host('hanging'))).toEqual(before)
    expect(await leftOn(host('hanging'))).toBe('')
  })

  it.concurrent('acts when the shell dies behind both families', async () => {
    const [before, made] = await changeWith(
      host('half-way'),
      `/usr/sbin/ip6tables-restore "$@"; ${killHolder}; exit 0`,
    )
    await expect(made.apply()).rejects.toBeInstanceOf(CallError)
    expect(await host('half-way').save('v6')).not.toBe(before['live v6'])
    expect(await endOf(host('half-way'))).toBe('reverted')
    expect(await stateOf(host('half-way'))).toEqual(before)
  })

  it.concurrent('lives on when signals come and the channel closes while rules change', async () => {
    const signals = 'read -r holder _ </run/mailfw/holder; for s in HUP INT PIPE; do kill -$s $holder; done'
    const [before, made] = await changeWith(host('channel'), `${signals}; : >/tmp/signalled; sleep 1`)
    let close = () => undefined as unknown
    const connection = {
      ...made.connection,
      open: async (command: string) => {
        const channel = await made.connection.open(command)
        close = () => {
          channel.close()
        }
        return channel
      },
    }
    const applying = made.apply({}, connection).catch((error: unknown) => error)
    await until(host('channel'), '[ -e /tmp/signalled ]')
    close()
    await until(host('channel'), '[ -e /run/mailfw/attempt/state.applied ]')
    const descriptors = await host('channel').succeed(
      'read -r guard _ </run/mailfw/attempt/guard; cd /proc/$guard/fd; readlink 0 1 2 && find . -lname "socket:*"',
    )
    expect(descriptors).toBe('/dev/null\n/dev/null\n/dev/null\n')
    expect(await endOf(host('channel'))).toBe('reverted')
    expect(await stateOf(host('channel'))).toEqual(before)
    await applying
  })

  it.concurrent('keeps a ban that came meanwhile', async () => {
    const made = await tryOn(host('ban'), WANTED, 2)
    await made.apply()
    await host('ban').succeed(ban('203.0.113.99') + ban('203.0.113.98', { jail: 'postfix', ports: 'smtp' }))
    expect(await endOf(host('ban'))).toBe('reverted')
    const live = await host('ban').save('v4')
    expect(live).toContain('-A f2b-sshd -s 203.0.113.99/32')
    expect(live).toContain('-A f2b-postfix -s 203.0.113.98/32')
    expect(live).toContain('-A INPUT -p tcp -m tcp --dport 25 -j old')
    expect((await statusOf(host('ban'))).log).toContain('v4 put back by inverse')
  })

  it.concurrent(
    'puts the old rules among the foreign ones that are left where a chain was flushed',
    async () => {
      const before = await stateOf(host('flushed'))
      const made = await tryOn(host('flushed'), WANTED, 2)
      await made.apply()
      await host('flushed').succeed('iptables -F INPUT; iptables -P INPUT ACCEPT')
      expect(await endOf(host('flushed'))).toBe('reverted')
      const live = before['live v4']?.replace(/-A INPUT .* f2b-sshd\n/, '')
      expect(await stateOf(host('flushed'))).toEqual({ ...before, 'live v4': live })
      expect((await statusOf(host('flushed'))).log).toContain('v4 put back by rebuild')
    },
  )

  it.concurrent('does without a foreign set that is gone', async () => {
    const made = await tryOn(host('set'), WANTED, 2)
    await made.apply()
    await host('set').succeed('iptables -F INPUT; ipset destroy f2b-sshd')
    expect(await endOf(host('set'))).toBe('reverted')
    expect(await host('set').save('v4')).toContain(':INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n-A INPUT')
    expect((await statusOf(host('set'))).log).toContain('v4 put back by rebuild')
  })

  it.concurrent.each(['dash', 'busybox', 'bash'])(
    'is ended by SIGTERM as by a signal, so systemd does not count it as failed: %s',
    async (shell) => {
      const on = host(`ended-${shell}-nft`)
      await (await tryOn(on, WANTED)).apply()
      await on.succeed(killGuard)
      const said = await on.succeed(`python3 -c '
import subprocess, time
directory = "/run/mailfw/attempt/"
name = open(directory + "id").read().strip()
guard = subprocess.Popen(["sh", directory + "program", "guard", name, "0"])
while not open(directory + "guard").read().startswith(f"{guard.pid} "): time.sleep(0.05)
guard.terminate()
print(guard.wait())'`)
      expect(said).toBe('-15\n')
    },
  )

  it.concurrent('is a service where systemd runs', async () => {
    await host('systemd').succeed('mkdir -p /run/systemd/system')
    await stub(
      host('systemd'),
      'systemd-run',
      'echo "$@" >/tmp/systemd-run; while [ "$1" != sh ]; do shift; done; exec setsid -f "$@"',
    )
    const before = await stateOf(host('systemd'))
    const made = await tryOn(host('systemd'), WANTED, 2)
    await made.apply()
    expect(await endOf(host('systemd'))).toBe('reverted')
    expect(await stateOf(host('systemd'))).toEqual(before)
    expect(await host('systemd').succeed('cat /tmp/systemd-run')).toContain(`--unit mailfw-guard-${made.id}`)
  })

  it.concurrent('does not look at the wall clock', async () => {
    const made = await tryOn(host('foreign'), WANTED, 3)
    await made.apply()
    // The clock of the machine is not ours to set; what the guard and confirm could read is counted instead.
    const program = await host('foreign').succeed('cat /run/mailfw/attempt/program')
    expect(program).not.toMatch(/^[^#]*\b(date|EPOCHSECONDS|printf '%\()/m)
    expect(await host('foreign').succeed('cat /run/mailfw/attempt/deadline')).toMatch(/^\d+\n$/)
    await made.revert()
  })
})

describeLab('an attempt whose guard is gone', () => {
  const names = ['killed', 'stopped', 'zombie', 'reused', 'rebooted', 'prepared']
  const { host } = useLab(names.map((name) => ({ name, rules: BEFORE, saved: BEFORE })))

  it.concurrent('is told and reverted by the next contact', async () => {
    const before = await stateOf(host('killed'))
    const made = await tryOn(host('killed'), WANTED)
    await made.apply()
    await host('killed').succeed(killGuard)
    const seen = await tryOn(host('killed'), WANTED)
    expect(seen.examination.pending).toMatchObject({ id: made.id, state: 'applied', guardAlive: false })
    expect(await refusalOf(seen.apply())).toMatchObject({ code: 'busy' })
    expect(await recoverOn(host('killed'))).toMatchObject({ did: 'reverted', id: made.id })
    expect(await stateOf(host('killed'))).toEqual(before)
    expect(await host('killed').succeed('ls -A /run/mailfw')).not.toContain('attempt')
  })

  it.concurrent.each([
    ['stopped', 'read -r guard _ </run/mailfw/attempt/guard; kill -STOP $guard'],
    [
      'zombie',
      `${killGuard}; sh -c 'sleep 0 & echo $! >/tmp/zombie; exec sleep 50' >/dev/null 2>&1 & sleep 0.3
       read -r zombie </tmp/zombie; set -- $(cat /proc/$zombie/stat); echo "$zombie \${22}" >/run/mailfw/attempt/guard`,
    ],
    ['reused', `${killGuard}; echo "1 99" >/run/mailfw/attempt/guard`],
  ])('is not taken for alive: %s', async (name, script) => {
    const made = await tryOn(host(name), WANTED)
    await made.apply()
    expect((await statusOf(host(name))).pending?.guardAlive).toBe(true)
    await host(name).succeed(script)
    expect((await statusOf(host(name))).pending?.guardAlive).toBe(false)
    expect(await recoverOn(host(name))).toMatchObject({ did: 'reverted' })
  })

  it.concurrent('of another boot is cleared away, its rules untouched', async () => {
    const made = await tryOn(host('rebooted'), WANTED)
    await made.apply()
    await host('rebooted').succeed(`${killGuard}; echo another >/run/mailfw/attempt/boot`)
    const live = await host('rebooted').save('v4')
    expect((await statusOf(host('rebooted'))).pending?.thisBoot).toBe(false)
    expect(await refusalOf(made.confirm())).toMatchObject({ code: 'other-boot' })
    expect(await refusalOf(made.revert())).toMatchObject({ code: 'other-boot' })
    expect(await recoverOn(host('rebooted'))).toMatchObject({ did: 'rebooted', id: made.id })
    expect(await host('rebooted').save('v4')).toBe(live)
  })

  it.concurrent('that changed nothing yet does not stand in the way', async () => {
    await host('prepared').succeed('mkdir -p /run/mailfw/attempt; : >/run/mailfw/attempt/state.prepared')
    const made = await tryOn(host('prepared'), WANTED)
    expect(made.examination.pending).toMatchObject({ state: 'prepared', guardAlive: false })
    await made.apply()
    await made.revert()
  })
})

async function changeWith(
  host: LabHost,
  script: string,
): Promise<[Record<string, string>, Awaited<ReturnType<typeof tryOn>>]> {
  const before = await stateOf(host)
  const made = await tryOn(host, WANTED, 3)
  await stub(host, 'ip6tables-restore', onChange(script))
  return [before, made]
}
