import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import type { Try } from './try.ts'
import {
  deploy,
  endOf,
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
const CHANGED = wantedWith(25, 993)

/** What a rules file may hold besides rules. */
const HOSTILE = {
  v4: `# it's "$(touch /tmp/ran)" \`touch /tmp/ran\` \\ \\\\ $HOME ' ü 漢字 \t.\n#${'x'.repeat(9000)}\n${WANTED.v4}`,
  v6: WANTED.v6,
}

const owners = 'cd /etc/iptables; stat -c "%n %a %u:%g" rules.v4 rules.v6'

describeLab('confirm', () => {
  const old = { rules: BEFORE, saved: BEFORE }
  const { host } = useLab([
    ...KINDS.map((kind) => ({ ...kind, ...old })),
    ...[
      'fresh',
      'twice',
      'late',
      'ids',
      'foreign-hand',
      'read-only',
      'immutable',
      'generations',
      'repeats',
      'to-and-fro',
      'traced',
    ].map((name) => ({ name, ...old })),
    { name: 'no-files' },
    { name: 'full-etc', ...old, diskKb: { '/etc/iptables': 16 } },
    { name: 'full-var', ...old, diskKb: { '/var/lib/mailfw': 64 } },
    { name: 'full-run', ...old, diskKb: { '/run': 256 } },
    {
      name: 'full-run-busybox',
      ...old,
      diskKb: { '/run': 256 },
      setup: 'ln -s /bin/busybox /usr/local/sbin/awk',
    },
  ])

  it.concurrent.each(KINDS)('keeps any text byte for byte, with owner and mode: $name', async ({ name }) => {
    await host(name).succeed('cd /etc/iptables; chmod 604 rules.v4; chown 8:9 rules.v4')
    const made = await deploy(host(name), HOSTILE)
    expect(made.connection.errors()).toBe('')
    expect(await host(name).succeed('cat /etc/iptables/rules.v4')).toBe(HOSTILE.v4)
    expect(await host(name).succeed('cat /etc/iptables/rules.v6')).toBe(HOSTILE.v6)
    expect(await host(name).succeed(`${owners}; ls /tmp`)).toBe('rules.v4 604 8:9\nrules.v6 640 0:0\n')
    expect(await privateFiles(host(name))).toBe('')
    expect(await leftOn(host(name))).toBe('')
    expect(await host(name).succeed('cd /var/lib/mailfw/generations; ls; ls 0 1')).toBe(
      '0\n1\n0:\nlive.v4\nlive.v6\nreceipt\nrules.v4\nrules.v6\nsaved.v4\nsaved.v6\n' +
        '\n1:\ncanonical.v4\ncanonical.v6\nfacts\nforeign\nlock-option\nreceipt\nrules.v4\nrules.v6\nsaved-path.v4\nsaved-path.v6\n',
    )
    expect(await host(name).succeed('cd /var/lib/mailfw/generations/0; cat saved.v4')).toBe(BEFORE.v4)
    const again = await lookAt(host(name), HOSTILE)
    expect(again).toMatchObject({ generation: 1, families: { v4: { saved: { kind: 'same' } } } })
    // A second one has a generation to look at, and finds its own texts again.
    expect((await deploy(host(name), CHANGED)).examination.families.v4?.former).toContain('--dport 25')
    expect((await lookAt(host(name), CHANGED)).generation).toBe(2)
  })

  it.concurrent('makes files that were not there root 0640', async () => {
    await host('no-files').succeed('rm -r /etc/iptables')
    await deploy(host('no-files'), WANTED)
    expect(await host('no-files').succeed(`stat -c %a /etc/iptables; ${owners}`)).toBe(
      '755\nrules.v4 640 0:0\nrules.v6 640 0:0\n',
    )
  })

  it.concurrent('may be asked again, after its receipt was lost', async () => {
    const made = await deploy(host('twice'), WANTED)
    const receipt = await made.confirm()
    expect(made.plan.expected).toMatchObject({ sum: receipt.live })
    expect(receipt.generation).toBe(1)
    expect((await statusOf(host('twice'))).receipt?.attempt).toBe(made.id)
  })

  it.concurrent('comes too late when the deadline has passed', async () => {
    const made = await tryOn(host('late'), WANTED, 2)
    await made.apply()
    await host('late').succeed(
      'read -r guard _ </run/mailfw/attempt/guard; kill -STOP $guard; echo $guard >/tmp/guard',
    )
    await until(
      host('late'),
      '{ read -r now _ </proc/uptime; read -r end </run/mailfw/attempt/deadline; [ ${now%%.*} -ge $end ]; }',
    )
    expect(await refusalOf(made.confirm())).toMatchObject({ code: 'too-late' })
    await host('late').succeed('kill -CONT $(cat /tmp/guard)')
    expect(await endOf(host('late'))).toBe('reverted')
    expect(await refusalOf(made.confirm())).toMatchObject({ code: 'already-reverted' })
  })

  it.concurrent('takes no other id, and none at all where there is no attempt', async () => {
    const made = await tryOn(host('ids'), WANTED)
    expect(await refusalOf(made.confirm())).toMatchObject({ code: 'no-attempt' })
    await made.apply()
    expect(await refusalOf(made.confirm({ id: 'another' }))).toMatchObject({
      code: 'other-attempt',
      detail: made.id,
    })
    await made.confirm()
  })

  it.concurrent('reverts where a foreign hand has changed the rules', async () => {
    const before = await stateOf(host('foreign-hand'))
    const made = await tryOn(host('foreign-hand'), WANTED)
    await made.apply()
    await host('foreign-hand').succeed('ip6tables -A INPUT -p tcp --dport 9 -j ACCEPT')
    const refusal = await refusalOf(made.confirm())
    expect(refusal.code).toBe('not-as-wanted')
    expect(refusal.detail).toContain('--dport 9')
    expect(await stateOf(host('foreign-hand'))).toEqual(before)
    expect(await leftOn(host('foreign-hand'))).toBe('')
  })

  it.concurrent.each([
    ['full-etc', 'head -c 100000 /dev/zero >/etc/iptables/zero'],
    ['full-var', 'mkdir -p /var/lib/mailfw; head -c 100000 /dev/zero >/var/lib/mailfw/zero'],
    ['read-only', 'mount --bind /etc/iptables /etc/iptables; mount -o remount,bind,ro /etc/iptables'],
  ])('puts everything back where it cannot write: %s', async (name, script) => {
    const before = await stateOf(host(name))
    const made = await tryOn(host(name), WANTED)
    await made.apply()
    await host(name).run(script)
    const refusal = await refusalOf(made.confirm())
    expect(refusal.code).toBe('disk-full')
    expect(refusal.detail).toMatch(/No space left|Read-only|I\/O error/)
    expect(await stateOf(host(name))).toEqual(before)
    expect(await leftOn(host(name))).toBe('')
  })

  it.concurrent.each(['full-run', 'full-run-busybox'])(
    'changes nothing where the disk of the attempt is full: %s',
    async (name) => {
      const before = await stateOf(host(name))
      for (const kilobytes of [0, 24, 44, 52, 56, 60, 64, 68, 72]) {
        const made = await tryOn(host(name), WANTED)
        await host(name).run(`cat /dev/zero >/run/zero; truncate -s -${kilobytes}K /run/zero`)
        const ended = await made.apply().then(
          () => made.revert(),
          (error: unknown) => error,
        )
        if (ended !== undefined) expect(ended).toMatchObject({ code: 'disk-full' })
        await host(name).succeed('rm /run/zero')
        expect(await stateOf(host(name))).toEqual(before)
      }
    },
  )

  it.concurrent('puts both files back where only one can be moved', async () => {
    const before = await stateOf(host('immutable'))
    const made = await tryOn(host('immutable'), WANTED)
    await made.apply()
    await stub(
      host('immutable'),
      'mv',
      `case "$*" in "-f "*/rules.v6*/etc/iptables/) mv() { /usr/bin/mv "$@"; }; mv -f "$2" "$4"; exit 1 ;; esac\nexec /usr/bin/mv "$@"`,
    )
    expect(await refusalOf(made.confirm())).toMatchObject({ code: 'disk-full' })
    expect(await stateOf(host('immutable'))).toEqual(before)
    expect(await leftOn(host('immutable'))).toBe('')
  })

  it.concurrent('keeps the last ten generations and the first', async () => {
    await deploy(host('generations'), WANTED)
    await host('generations').succeed(
      'cd /var/lib/mailfw/generations; for n in 2 3 4 5 6 7 8 9 10 11; do cp -r 1 $n; done',
    )
    const made = await deploy(host('generations'), CHANGED)
    expect(made.examination.generation).toBe(11)
    expect(
      (await host('generations').succeed('ls /var/lib/mailfw/generations | sort -n')).trim().split('\n'),
    ).toEqual(['0', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'])
  })

  it.concurrent('counts rules that it has again only once', async () => {
    const here = host('repeats')
    await deploy(here, WANTED)
    await here.succeed(`cd /var/lib/mailfw/generations
      again() { printf '%s\\n' "again=$2" hold=why >>"$1/receipt"; }
      for n in 2 3 4 5 6 7 8 9 10 11 12 13 14; do cp -r 1 $n; done
      again 12 10; again 13 9; again 14 8`)
    await deploy(here, CHANGED)
    const kept = (await here.succeed('ls /var/lib/mailfw/generations | sort -n')).trim().split('\n')
    expect(kept.map(Number)).toEqual([0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
  })

  it.concurrent('keeps no more of those than it counts, however often a host goes to and fro', async () => {
    const here = host('to-and-fro')
    await deploy(here, WANTED)
    await here.succeed(`cd /var/lib/mailfw/generations; cp -r 1 2
      n=3; while [ $n -le 30 ]; do cp -r 1 $n; printf '%s\\n' again=$((1 + n % 2)) hold=why >>$n/receipt; n=$((n + 1)); done`)
    await deploy(here, CHANGED)
    const kept = (await here.succeed('ls /var/lib/mailfw/generations | sort -n')).trim().split('\n')
    expect(kept.map(Number)).toEqual([0, 1, 2, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31])
  })

  it.concurrent('writes through to the disk before it passes the commit point', async () => {
    const traced = 'strace -f -y -e trace=fsync,fdatasync,rename,renameat,renameat2 -o /tmp/trace sh -s'
    const made = await tryOn(host('traced'), WANTED)
    await made.apply()
    await made.confirm({}, { ...made.connection, open: () => made.connection.open(traced) })
    await until(host('traced'), '[ -s /tmp/trace ] && ! pgrep strace >/dev/null')
    const calls = (await host('traced').succeed('cat /tmp/trace')).split('\n')
    const commit = calls.findIndex(
      (call) => call.includes('state.applied') && call.includes('state.confirming'),
    )
    const moves = calls.findIndex((call) => /rename.*\.mailfw-.*rules\.v4/.test(call))
    const synced = (end: string) =>
      calls.findIndex((call) => call.includes('fsync') && call.includes(`${end}>`))
    for (const path of [
      'rules.v4',
      'rules.v6',
      `.mailfw-${made.id}`,
      'intent.new/record',
      'canonical.v6',
      'generations/.new',
      '/var/lib/mailfw',
    ]) {
      expect(synced(path), path).toBeGreaterThan(-1)
      expect(synced(path), path).toBeLessThan(commit)
    }
    expect(moves).toBeGreaterThan(commit)
    expect(calls.slice(moves).join('\n')).toMatch(/fsync\(\d+<\/etc\/iptables>\)/)
    expect(calls.join('\n')).not.toMatch(/ sync\(\)/)
  })
})

describeLab('a confirmation that is broken off', () => {
  const old = { rules: BEFORE, saved: BEFORE }
  const points = ['staging', 'committed', 'one-moved', 'both-moved', 'intent-gone']
  const { host } = useLab(
    points.flatMap((point) => [`${point}-killed`, `${point}-off`]).map((name) => ({ name, ...old })),
  )

  it.concurrent.each(points)('is finished or undone by the guard: %s', async (point) => {
    const here = host(`${point}-killed`)
    const before = await stateOf(here)
    const made = await breakOff(here, point, 4)
    await here.succeed('read -r holder _ </run/mailfw/holder; kill -9 $holder $(cat /tmp/broken)')
    const end = await endOf(here)
    if (point === 'staging') {
      expect(end).toBe('reverted')
      expect(await stateOf(here)).toEqual(before)
    } else {
      expect((await statusOf(here)).receipt?.attempt).toBe(made.id)
      await expectSaved(here)
      expect(await here.save('v6')).toContain('--dport 25 -j ACCEPT')
    }
    expect(await leftOn(here)).toBe('')
  })

  it.concurrent.each(points)('is finished or undone after a reboot: %s', async (point) => {
    const here = host(`${point}-off`)
    const before = await stateOf(here)
    const made = await breakOff(here, point, 60)
    await here.powerOff()
    await here.powerOn()
    await here.run('rm -f /usr/local/sbin/*')
    const seen = await lookAt(here, WANTED)
    if (seen.unfinished) await recoverOn(here)
    if (point === 'staging' || point === 'committed') {
      expect(await stateOf(here)).toEqual(before)
      expect((await statusOf(here)).generation).toBeUndefined()
    } else {
      expect((await statusOf(here)).receipt?.attempt).toBe(made.id)
      await expectSaved(here)
    }
    expect(await leftOn(here)).toBe('')
    await deploy(here, CHANGED)
  })
})

/** Applies and confirms, and stops the confirmation at a point. */
async function breakOff(host: LabHost, point: string, seconds: number): Promise<Try> {
  const made = await tryOn(host, WANTED, seconds)
  await made.apply()
  const stop = 'echo $$ >/tmp/broken.new; /usr/bin/mv /tmp/broken.new /tmp/broken; exec sleep 1000'
  const once = (where: string, script: string) =>
    `case "$*" in ${where}) [ -e /tmp/broken ] || { ${script}; } ;; esac`
  const stubs: Record<string, readonly [string, string]> = {
    staging: ['mv', once('*/intent.new*', stop)],
    committed: ['mv', once('"-f "*/rules.v4*', stop)],
    'one-moved': ['mv', once('"-f "*/rules.v4*', `/usr/bin/mv -f "$2" "$4"; ${stop}`)],
    'both-moved': ['mv', once('"-f "*/rules.v4*', `/usr/bin/mv "$@"; ${stop}`)],
    'intent-gone': ['rm', once('*/intent*', `/usr/bin/rm "$@"; ${stop}`)],
  }
  const [program, script] = stubs[point] ?? ['', '']
  await stub(host, program, `${script}\nexec /usr/bin/${program} "$@"`)
  made.confirm().catch(() => undefined)
  await until(host, '[ -e /tmp/broken ]')
  return made
}

async function expectSaved(host: LabHost): Promise<void> {
  const seen = await lookAt(host, WANTED)
  expect([seen.families.v4?.saved, seen.families.v6?.saved]).toEqual([{ kind: 'same' }, { kind: 'same' }])
}

/** What of ours others could read. */
function privateFiles(host: LabHost): Promise<string> {
  return host.succeed('find /run/mailfw /var/lib/mailfw -perm /077')
}
