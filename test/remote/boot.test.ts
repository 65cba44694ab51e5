import { expect, it } from 'vitest'
import { findingsOf } from '../../src/host/findings.ts'
import { loaderFindings } from '../../src/host/boot/loaders.ts'
import { needFindings } from '../../src/host/boot/needs.ts'
import { writerFindings } from '../../src/host/boot/writers.ts'
import { otherFirewalls } from '../../src/host/objections.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import { KINDS, useLab } from './fleet.ts'
import { lookAt, stub, wantedWith } from './try.ts'

const WANTED = wantedWith(25)
const withSet = {
  ...WANTED,
  v4: WANTED.v4.replace('COMMIT', '-A INPUT -m set --match-set friends src -j ACCEPT\nCOMMIT'),
}
const withUser = {
  ...WANTED,
  v4: WANTED.v4.replace('COMMIT', '-A OUTPUT -m owner --uid-owner nobody -j ACCEPT\nCOMMIT'),
}

/** What systemctl of RHEL prints, of the units that it is asked for; the others are not there. */
function systemctl(units: Readonly<Record<string, string>>): string {
  const cases = Object.entries(units).map(([name, values]) => `${name}) printf '%s\\n' ${values} ;;`)
  return `[ "$1" = show ] || exit 1
for word; do case $word in show | -p | Id | LoadState | *State | Type | *By) continue ;; esac
echo "Id=$word.service"
case $word in ${cases.join('\n')} *) echo LoadState=not-found ;; esac
echo
done`
}
const ENABLED =
  'Type=oneshot LoadState=loaded ActiveState=active UnitFileState=enabled WantedBy=multi-user.target'
const DISABLED = 'Type=oneshot LoadState=loaded ActiveState=inactive UnitFileState=disabled WantedBy='
const FAILED = ENABLED.replace('=active', '=failed')

/** Files of a person who knows that the machine boots, with what stands in the way of a hasty reader. */
const BY_HAND = `mkdir -p /etc/cron.d /etc/network/if-up.d /etc/systemd/system/x.service.d
cat >/etc/rc.local <<'END'
#!/bin/sh
# iptables -F
mkdir -p /etc/network /root
echo "iptables -F is for emergencies" >/root/note
cat /root/fifo &
/root/fw.sh start
exit 0
END
cat >/root/fw.sh <<'END'
#!/bin/bash
IPTABLES=/sbin/iptables
$IPTABLES -F
END
mkfifo /root/fifo
printf '#!/bin/sh\\niptables-restore </root/x\\n' >/etc/network/if-up.d/off
printf '@reboot root iptables-restore </root/x\\n' >/etc/cron.d/fw
chmod 755 /etc/rc.local /root/fw.sh`

describeLab('what a host does at boot', () => {
  const { host } = useLab([
    ...KINDS.map((kind) => ({ ...kind, setup: BY_HAND })),
    { name: 'rhel9', osRelease: 'ID=rhel\nVERSION_ID="9.4"\n' },
    { name: 'hangs', osRelease: 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n' },
    { name: 'alpine', bootLoader: 'alpine', osRelease: 'ID=alpine\nVERSION_ID=3.22.0\n' },
    { name: 'users' },
  ])
  const withSystemd = async (to: LabHost, script: string) => {
    await to.succeed('mkdir -p /run/systemd/system')
    await stub(to, 'systemctl', script)
    await stub(to, 'systemd-run', 'exit 1')
  }

  it.concurrent.each(KINDS)('is read in files that somebody wrote: $name', async ({ name }) => {
    const examination = await lookAt(host(name), WANTED)
    expect(examination.boot.unread).toEqual([])
    expect(writerFindings(examination)).toMatchObject([
      { message: expect.stringMatching(/^\/etc\/cron\.d\/fw replaces/) as string },
      {
        message: expect.stringMatching(
          /^\/etc\/rc\.local removes these rules at boot: \$IPTABLES -F \(\/root\/fw\.sh line 3\)$/,
        ) as string,
      },
    ])
    for (const { fix } of writerFindings(examination)) await host(name).succeed(fix ?? 'false')
    expect(await host(name).succeed('sh -n /etc/rc.local; sed -n 6p /etc/rc.local')).toBe(
      ': #/root/fw.sh start\n',
    )
    expect(writerFindings(await lookAt(host(name), WANTED))).toEqual([])
  })

  it.concurrent('on RHEL 9 is asked of systemd once for all units', async () => {
    const to = host('rhel9')
    const shown = async (units: Readonly<Record<string, string>>) => {
      await withSystemd(to, `echo >>/tmp/asked\n${systemctl(units)}`)
      const examination = await lookAt(to, WANTED)
      return [...otherFirewalls(examination), ...loaderFindings(examination)].map(({ code, fix }) => [
        code,
        fix,
      ])
    }
    expect(await shown({})).toEqual([
      ['no-boot-loader', 'dnf install iptables-nft-services; systemctl enable iptables ip6tables'],
    ])
    expect(await shown({ iptables: ENABLED, ip6tables: DISABLED })).toEqual([
      ['no-boot-loader', 'systemctl enable iptables ip6tables'],
    ])
    expect(await shown({ iptables: FAILED, ip6tables: ENABLED })).toEqual([
      ['boot-loader-failed', 'journalctl -b -u iptables'],
    ])
    expect(await shown({ iptables: ENABLED, ip6tables: ENABLED, firewalld: DISABLED })).toEqual([])
    expect(await shown({ iptables: ENABLED, ip6tables: ENABLED, firewalld: ENABLED, ferm: FAILED })).toEqual([
      ['other-firewall', 'systemctl disable --now firewalld'],
      ['other-firewall', 'systemctl disable ferm'],
    ])
    expect(await to.succeed('wc -l </tmp/asked')).toBe('5\n')
  })

  it.concurrent('is not known if systemd does not answer', async () => {
    await withSystemd(host('hangs'), 'exec sleep 100')
    const codes = findingsOf(await lookAt(host('hangs'), WANTED), '^$').map(({ code }) => code)
    expect(codes).toEqual(['boot-unknown'])
  })

  it.concurrent('on Alpine is read from runlevels, and OpenRC tells what failed', async () => {
    const to = host('alpine')
    const loaders = async () =>
      loaderFindings(await lookAt(to, WANTED)).map(({ code, message }) => `${code} ${message}`)
    expect(await loaders()).toEqual([])
    await to.succeed('mkdir -p /run/openrc/failed /etc/runlevels/nonetwork; : >/run/openrc/failed/ip6tables')
    expect(await loaders()).toEqual([expect.stringMatching(/^boot-loader-failed ip6tables failed/)])
    await to.succeed('mv /etc/runlevels/default/iptables /etc/runlevels/nonetwork; rm -r /run/openrc')
    expect(await loaders()).toEqual([
      expect.stringMatching(/^no-boot-loader .* IPv4 rules at boot: iptables is not enabled/),
    ])
    await to.succeed(
      'mkdir -p /etc/ipset.d /etc/awall; echo 192.0.2.1 >/etc/ipset.d/friends; : >/etc/init.d/ipset',
    )
    await to.succeed('ln -s /etc/init.d/iptables /etc/runlevels/default/; ipset create friends hash:net')
    const sets = async () =>
      needFindings(withSet, await lookAt(to, withSet)).map(({ code, fix }) => [code, fix])
    expect(await sets()).toEqual([['saved-set-missing', 'rc-update add ipset']])
    await to.succeed(
      'ln -s /etc/init.d/ipset /etc/runlevels/boot/ 2>/dev/null || { mkdir -p /etc/runlevels/boot; ln -s /etc/init.d/ipset /etc/runlevels/boot/; }',
    )
    expect(await sets()).toEqual([])
    expect(otherFirewalls(await lookAt(to, WANTED))).toEqual([])
    await to.succeed('echo {} >/etc/awall/mail.json')
    expect(otherFirewalls(await lookAt(to, WANTED))).toMatchObject([{ code: 'other-firewall' }])
  })

  it.concurrent('lacks users that only the network tells', async () => {
    const needs = async () =>
      needFindings(withUser, await lookAt(host('users'), withUser)).map(({ code }) => code)
    expect(await needs()).toEqual([])
    await host('users').succeed("sed -i '/^nobody:/d' /etc/passwd")
    expect(await needs()).toEqual(['saved-user-missing'])
  })
})
