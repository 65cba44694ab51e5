import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commandWord, pathWord, valueWord } from '../../src/controller/unit-quote.ts'
import { mailfw, OPEN } from '../e2e/mailfw.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { describeReal } from './describe-real.ts'
import { HOLDS_CONFIRMATION, letGo, untilHeld } from './held-confirmation.ts'
import { installMailfw, letIn, writeInside } from './install-mailfw.ts'
import { createRealLab } from './real-lab.ts'

const FLEET = '/etc/mailfw/fleet.yaml'
const DRIFT = 'iptables -I INPUT -s 203.0.113.7 -p tcp -j DROP'

describeReal('a schedule of systemd', (image) => {
  let lab: Lab
  let box: LabHost
  let inventory: string
  beforeAll(async () => {
    lab = await createRealLab(image, [
      { name: 'box' },
      { name: 'mx1' },
      { name: 'slow', ...HOLDS_CONFIRMATION },
    ])
    box = lab.host('box')
    const fleet = await lab.inventory({ all: OPEN, hosts: { slow: { mailfw_confirm_seconds: 60 } } })
    inventory = await readFile(fleet, 'utf8')
    // Enforce makes no first deploy; of this one no call is held
    await lab.host('slow').succeed('seq 9 >/run/calls')
    const { summary } = await mailfw(lab, 'deploy', fleet, '--limit', 'mx1,slow')
    expect(summary).toEqual({ confirmed: 2 })
    await lab.host('slow').succeed('rm /run/calls')
    await installMailfw(box)
    await letIn(lab, box, '/root', 'root')
    await writeInside(box, FLEET, inventory)
  })
  afterAll(() => lab.close())

  const install = (...words: readonly string[]) =>
    box.run(['mailfw schedule install', FLEET, ...words].join(' '))
  const show = () => box.succeed(`mailfw schedule show ${FLEET}`)
  const remove = () => box.succeed(`mailfw schedule remove ${FLEET}`)
  const serviceName = async () =>
    (await box.succeed('cd /etc/systemd/system && echo mailfw-*.service')).trim()

  it('is shown, tried out and installed', async () => {
    const { code, stdout, stderr } = await install('--limit mx1', '--report /var/lib/r%1.json')
    expect([code, stderr]).toEqual([
      0,
      "Checking once in the unit's own environment; this changes no host.\n",
    ])
    expect(stdout).toMatch(/^==> \/etc\/systemd\/system\/mailfw-fleet-\w+\.service <==\n/)
    expect(stdout).toMatch(/\nInstalled\. The next run is at \w+ 20/)
    const timers = await box.succeed('systemctl list-timers --no-legend mailfw-fleet-*')
    expect(timers).toContain((await serviceName()).replace('.service', '.timer'))
    expect(await box.succeed('systemctl --failed --no-legend')).toBe('')
    expect(await box.succeed('ls /run/systemd/system')).not.toContain('mailfw')
  })

  it('mends what somebody changed by hand, and leaves the report that was asked for', async () => {
    const mx1 = lab.host('mx1')
    await box.succeed(`systemctl start ${await serviceName()}`)
    const wanted = await mx1.save('v4')
    await mx1.succeed(DRIFT)
    await box.succeed(`systemctl start ${await serviceName()}`)
    expect(await mx1.save('v4')).toBe(wanted)
    const report = JSON.parse(await box.succeed('cat /var/lib/r%1.json')) as { summary: unknown }
    expect(report.summary).toEqual({ confirmed: 1 })
  })

  it('can do nothing else on its machine', async () => {
    const security = await box.succeed(`systemd-analyze security --no-pager ${await serviceName()}`)
    expect(Number(/exposure level .*: ([\d.]+)/.exec(security)?.[1])).toBeLessThan(3)
  })

  it('is shown with its last run and its next, and with what mailfw would write otherwise', async () => {
    expect(await show()).toMatch(
      /\nThe next run is at .*\nThe last run ended at .*, well\.\nThis mailfw would write the same units\.\n$/,
    )
    const unit = `/etc/systemd/system/${await serviceName()}`
    await box.succeed(`sed -i s/KillMode=mixed/KillMode=none/ ${unit}; systemctl daemon-reload`)
    expect(await show()).toMatch(/other units.*\n- KillMode=none\n\+ KillMode=mixed\n$/)
    await box.succeed(`sed -i 's/--limit=mx1/--limit=nobody/; /^# mailfw/d' ${unit}; systemctl daemon-reload`)
    await box.run(`systemctl start ${await serviceName()}`)
    expect(await show()).toMatch(/, badly: exit-code, exit code 2\.\n/)
  })

  it('is removed, and then there is none', async () => {
    expect((await remove()).split('\n')).toHaveLength(3)
    expect(await box.succeed('systemctl list-unit-files --no-legend mailfw-* || :')).toBe('')
    for (const verb of ['show', 'remove']) {
      const { code, stderr } = await box.run(`mailfw schedule ${verb} ${FLEET}`)
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^mailfw: There is no system schedule for /)])
    }
  })

  it.each([
    {
      needs: 'a passphrase',
      before: 'cp ~/.ssh/id_ed25519 ~/locked; ssh-keygen -qp -N secret -f ~/locked >/dev/null',
      flags: '--private-key ~/locked',
      says: 'without a passphrase',
    },
    {
      needs: 'an agent',
      before:
        'mv ~/.ssh/id_ed25519 ~/away; eval $(ssh-agent) >/dev/null; ssh-add -q ~/away; mailfw check $FLEET -l mx1 >/dev/null',
      after: 'ssh-agent -k >/dev/null; mv ~/away ~/.ssh/id_ed25519',
      flags: '',
      says: 'agents and passwords are not there',
    },
    {
      needs: 'a password of sudo',
      before: 'true',
      flags: '-u admin -b',
      says: 'NOPASSWD in sudoers, or --become-password-file',
    },
  ])('is not installed where a run would need $needs', async ({ before, after = 'true', flags, says }) => {
    const key = await readFile(`${lab.home}/.ssh/id_ed25519.pub`, 'utf8')
    await lab.host('mx1').succeed(`id admin 2>/dev/null || {
      useradd -m admin; mkdir -p ~admin/.ssh; echo '${key.trim()}' >~admin/.ssh/authorized_keys
      echo 'admin ALL=(ALL) ALL' >/etc/sudoers.d/admin; }`)
    await writeInside(box, FLEET, inventory.replace(/ *ansible_user: .*\n/g, ''))
    const { code, stderr } = await box.run(
      `FLEET=${FLEET}; ${before} || exit 9; mailfw schedule install $FLEET -l mx1 ${flags} >/dev/null; code=$?; ${after}; exit $code`,
    )
    await writeInside(box, FLEET, inventory)
    expect(code).toBe(4)
    expect(stderr).toContain('Needs somebody: mx1: ')
    expect(stderr).toContain(says)
    expect(stderr).toMatch(/Nothing was installed\.\n$/)
    expect(await box.succeed('ls /etc/systemd/system /run/systemd/system')).not.toContain('mailfw')
  })

  it('is installed also where a host is down, which is named', async () => {
    await lab.host('mx1').succeed('systemctl stop ssh.socket ssh')
    const { code, stderr } = await install('--limit mx1')
    await lab.host('mx1').succeed('systemctl start ssh')
    await remove()
    expect([code, stderr]).toEqual([0, expect.stringContaining('Not now: mx1: ')])
  })

  it('is not installed with a calendar that systemd cannot read', async () => {
    const { code, stdout, stderr } = await install('--on-calendar sometimes')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /^mailfw: --on-calendar: .*'sometimes'.*; see systemd\.time\(7\)\. Nothing was installed\.\n$/,
    )
  })

  it('finishes a host in flight when it is stopped, and keeps a second run away meanwhile', async () => {
    const slow = lab.host('slow')
    expect((await install('--limit slow')).code).toBe(0)
    await slow.succeed(`rm /run/calls; ${DRIFT}`) // Calls of the check
    const name = await serviceName()
    await box.succeed(`systemctl start --no-block ${name}`)
    await untilHeld(slow)
    const second = await box.run(`mailfw enforce ${FLEET} --limit slow`)
    expect([second.code, second.stdout]).toEqual([4, expect.stringContaining('another mailfw enforce')])
    await box.succeed(`systemctl stop --no-block ${name}`)
    await box.succeed(`until [ "$(systemctl is-active ${name})" = deactivating ]; do sleep 0.05; done`)
    await letGo(slow)
    await box.succeed(`until [ "$(systemctl is-active ${name})" != deactivating ]; do sleep 0.05; done`)
    expect(await box.succeed(`journalctl -o cat -u ${name}`)).toMatch(/^confirmed +slow$/m)
    await remove()
  })

  it('works for a plain user, whose systemd ends with the session unless told otherwise', async () => {
    await box.succeed(`rm /etc/systemd/system/user@.service; systemctl daemon-reload
      useradd -m -u 1234 -s /bin/bash alice; loginctl enable-linger alice; systemctl start user@1234`)
    await letIn(lab, box, '/home/alice', 'alice')
    await writeInside(box, '/home/alice/fleet.yaml', inventory)
    const alice = (words: string) =>
      box.run(`setpriv --reuid=alice --regid=alice --init-groups env -i HOME=/home/alice PATH="$PATH" \\
        XDG_RUNTIME_DIR=/run/user/1234 ${words}`)
    const installed = await alice('mailfw schedule install ~alice/fleet.yaml --limit mx1')
    expect([installed.code, installed.stdout]).toEqual([0, expect.not.stringContaining('enable-linger')])
    const name = /mailfw-fleet-\w+\.service/.exec(installed.stdout)?.[0] ?? ''
    await lab.host('mx1').succeed(DRIFT)
    expect((await alice(`systemctl --user start ${name}`)).code).toBe(0)
    expect(await lab.host('mx1').save('v4')).not.toContain('203.0.113.7')
    expect((await alice('mailfw schedule show ~alice/fleet.yaml')).stdout).toMatch(
      /, well\.\nThis mailfw would write the same/,
    )
    await box.succeed('loginctl disable-linger alice; systemctl start user@1234')
    const again = await alice('mailfw schedule install ~alice/fleet.yaml --limit mx1')
    expect(again.stdout).toContain('loginctl enable-linger alice\n')
    expect((await alice('mailfw schedule remove ~alice/fleet.yaml')).code).toBe(0)
  })

  it('gives its program every word as it is, whatever is in it', async () => {
    const words = strangeWords()
    const paths = ['/srv/a b', '/srv/%h $HOME "x" \'y\' \\n']
    for (const path of paths) await writeInside(box, `${path}/file`, '')
    await writeInside(
      box,
      '/run/systemd/system/words.service',
      [
        '[Service]',
        'Type=oneshot',
        `ExecStart=/usr/bin/printf ${commandWord('%s\\0')} ${words.map(commandWord).join(' ')}`,
        `ExecStart=/usr/bin/printenv -0 WORD`,
        `ExecStart=/usr/bin/touch ${paths.map((path) => commandWord(`${path}/file`)).join(' ')}`,
        `Environment=${valueWord(`WORD=${words.join('')}`)}`,
        'ProtectSystem=strict',
        ...paths.map((path) => `ReadWritePaths=${pathWord(path)}`),
        'StandardOutput=append:/root/words',
        '',
      ].join('\n'),
    )
    await box.succeed('systemctl daemon-reload; systemctl start words')
    const heard = (await box.succeed('cat /root/words')).split('\0')
    expect(heard).toEqual([...words, words.join(''), ''])
  })
})

/** Each character of ASCII that a word may hold, alone and doubled, and what systemd takes for something else. */
function strangeWords(): readonly string[] {
  const characters = Array.from({ length: 127 }, (_, code) => String.fromCharCode(code + 1))
  return [
    ...characters.flatMap((character) => [character, `${character}${character}x`, `a ${character}`]),
    ...['', ';', '$HOME', '${HOME}', '%h%%', '\\x41', '\\', '#', '@-', 'Åsa…', '\u0085', 'it\'s "so"'],
  ]
}
