import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '../e2e/mailfw.ts'
import { mailfw, OPEN } from '../e2e/mailfw.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { ban } from '../lab/programs/fail2ban.ts'
import { describeReal } from './describe-real.ts'
import { createRealLab } from './real-lab.ts'

const OURS = '--comment smtp -j ACCEPT'
const SET_RULE = { mailfw_extra_rules: { v4: ['-A INPUT -m set --match-set friends src -j ACCEPT'] } }

/** The host's own packages as an archive that apt can install from without a network. */
const ARCHIVE = `cd /var/cache/apt/archives
for deb in *-persistent_*.deb; do
  dpkg-deb -f "$deb"
  printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum <"$deb" | cut -d ' ' -f 1)"
done >Packages
rm -f /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/var/cache/apt/archives ./' >/etc/apt/sources.list
apt-get update -q
echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/yes`

/** Everybody's at boot, or when a connection comes, or never. */
const WRITERS = {
  '/etc/rc.local': '#!/bin/sh\n/root/fw.sh\nexit 0\n',
  '/root/fw.sh': '#!/bin/sh\nIPT=/sbin/iptables\n$IPT -F\n$IPT -P INPUT ACCEPT\n',
  '/etc/network/if-up.d/firewall': '#!/bin/sh\niptables-restore </root/other.v4\n',
  '/etc/cron.d/firewall': '@reboot root /sbin/iptables -F INPUT\n',
  '/etc/systemd/system/mine.service':
    '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c "iptables-restore /root/other.v4"\nExecStop=/sbin/iptables -F\n[Install]\nWantedBy=multi-user.target\n',
  '/etc/systemd/system/daemon.service':
    '[Service]\nExecStartPre=/sbin/iptables -F\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n',
  '/root/other.v4': '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 203.0.113.77 -j DROP\nCOMMIT\n',
}

describeReal('what happens at boot on a real host', (image) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createRealLab(image, [
      { name: 'sets-only', setup: `${ARCHIVE}\ndpkg --purge iptables-persistent` },
      { name: 'nft', setup: 'systemctl enable nftables' },
      { name: 'writers', setup: WRITTEN },
      { name: 'set', setup: `${ARCHIVE}\ndpkg --purge ipset-persistent` },
      { name: 'broken', mayFail: true },
      {
        name: 'none',
        setup: `${ARCHIVE}\ndpkg --purge ipset-persistent iptables-persistent netfilter-persistent`,
      },
    ])
  })
  afterAll(() => lab.close())

  /** By an inventory for each host: two runs of enforce at one are kept apart. */
  const run = async (
    verb: 'check' | 'deploy' | 'enforce',
    name: string,
    ...more: readonly string[]
  ): Promise<Run> => {
    const inventory = await lab.inventory({ all: OPEN, hosts: { set: SET_RULE } }, `${name}.yaml`)
    return mailfw(lab, verb, inventory, '--limit', name, ...more)
  }
  const enforce = async (name: string) => {
    expect((await run('enforce', name)).host(name).outcome).toBe('confirmed')
  }
  const check = async (name: string) => {
    const { code, host } = await run('check', name, '--strict')
    return { code, result: host(name), warnings: host(name).findings.filter(isWarning) }
  }
  const hasOurs = async (host: LabHost) => (await host.save('v4')).includes(OURS)
  const isOpenAfterReboot = async (host: LabHost) => {
    await host.reboot()
    expect(await hasOurs(host)).toBe(false)
  }
  /** Runs the fixes of all warnings, and sees that nothing is lost by them: neither our rules, nor a ban, nor what is saved. */
  const fixAll = async (host: LabHost, warnings: readonly { readonly fix?: string }[]) => {
    await host.succeed(ban('192.0.2.99'))
    const before = await stateOf(host)
    expect(warnings.filter(({ fix }) => fix === undefined)).toEqual([])
    for (const { fix } of warnings) await host.succeed(fix ?? 'false')
    expect(await stateOf(host)).toEqual(before)
  }

  describe.concurrent('of each kind', () => {
    it('is open with ipset-persistent alone, until the plugins are installed by the command', async () => {
      const host = lab.host('sets-only')
      const deployed = await run('deploy', 'sets-only')
      expect(deployed.host('sets-only').findings).toMatchObject([
        { code: 'boot-loader-plugins', severity: 'warning' },
      ])
      await isOpenAfterReboot(host)
      const { code, result } = await check('sets-only')
      expect([code, result.outcome, causesOf(result)]).toEqual([3, 'would-change', ['not-loaded-at-boot']])
      expect(result.message).toMatch(
        /not loaded at boot; why: journalctl -b -u netfilter-persistent; nothing was changed$/,
      )
      expect(await host.succeed(result.fix ?? 'false')).toContain('netfilter')
      await enforce('sets-only')
      await fixAll(host, (await check('sets-only')).warnings)
      await host.reboot()
      expect(await check('sets-only')).toMatchObject({
        code: 0,
        result: { outcome: 'unchanged' },
        warnings: [],
      })
    })

    it('is open without a loader, until it is installed by the command, which loads and saves nothing', async () => {
      const host = lab.host('none')
      await run('deploy', 'none')
      const { warnings } = await check('none')
      expect(warnings).toMatchObject([{ code: 'no-boot-loader' }])
      await fixAll(host, warnings)
      await host.reboot()
      expect(await check('none')).toMatchObject({ code: 0, result: { outcome: 'unchanged' }, warnings: [] })
    })

    it('names nftables.service, whose command leaves the rules as they are', async () => {
      const host = lab.host('nft')
      await run('deploy', 'nft')
      const { code, warnings } = await check('nft')
      expect([code, warnings]).toMatchObject([
        3,
        [{ code: 'second-writer', fix: 'systemctl disable nftables' }],
      ])
      await fixAll(host, warnings)
      await host.reboot()
      expect(await check('nft')).toMatchObject({ code: 0, warnings: [] })
    })

    it('names each file and unit that writes rules, with a command that stops that and nothing else', async () => {
      const host = lab.host('writers')
      await run('deploy', 'writers')
      const { code, warnings } = await check('writers')
      expect(code).toBe(3)
      expect(warnings.map(({ message }) => message.replace(/ .*/, '')).sort()).toEqual([
        '/etc/cron.d/firewall',
        '/etc/network/if-up.d/firewall',
        '/etc/rc.local',
        'daemon.service',
        'mine.service',
      ])
      await isOpenAfterReboot(host)
      await enforce('writers')
      await fixAll(host, warnings)
      expect(await host.succeed('systemctl is-active daemon mine rc-local; sh -n /etc/rc.local')).toBe(
        'active\n'.repeat(3),
      )
      await host.reboot()
      expect(await check('writers')).toMatchObject({
        code: 0,
        result: { outcome: 'unchanged' },
        warnings: [],
      })
      expect(await host.succeed('systemctl is-active daemon')).toBe('active\n')
    })

    it('says that the host lacks a set, then that no boot makes it, each with its command', async () => {
      const host = lab.host('set')
      const lacks = await check('set')
      expect(lacks.result).toMatchObject({ outcome: 'failed', code: 'set-missing' })
      await host.succeed(lacks.result.fix ?? 'false')
      await host.succeed('ipset add friends 198.51.100.0/24')
      const deployed = await run('deploy', 'set')
      expect(deployed.host('set').findings).toMatchObject([{ code: 'saved-set-missing' }])
      await isOpenAfterReboot(host)
      await host.succeed(lacks.result.fix ?? 'false')
      const { result, warnings } = await check('set')
      expect(causesOf(result)).toEqual(['not-loaded-at-boot'])
      await enforce('set')
      await fixAll(host, warnings)
      await host.reboot()
      expect(await check('set')).toMatchObject({ code: 0, result: { outcome: 'unchanged' }, warnings: [] })
    })

    it('says that the loader failed at this boot', async () => {
      const host = lab.host('broken')
      await run('deploy', 'broken')
      const broken = '/usr/share/netfilter-persistent/plugins.d/05-broken'
      await host.succeed(`printf '#!/bin/sh\\nexit 1\\n' >${broken}; chmod 755 ${broken}`)
      await host.reboot()
      const { code, warnings } = await check('broken')
      expect([code, warnings]).toMatchObject([
        3,
        [{ code: 'boot-loader-failed', fix: 'journalctl -b -u netfilter-persistent' }],
      ])
      expect(await host.succeed(warnings[0]?.fix ?? 'false')).toContain('05-broken')
      await host.succeed(`rm ${broken}`)
      await host.reboot()
      expect(await check('broken')).toMatchObject({ code: 0, warnings: [] })
    })
  })
})

const WRITTEN = Object.entries(WRITERS)
  .map(([path, text]) => `cat >${path} <<'END'\n${text}END\n`)
  .concat(
    'chmod 755 /etc/rc.local /root/fw.sh /etc/network/if-up.d/firewall; systemctl daemon-reload; systemctl enable mine daemon\n',
  )
  .join('')

function isWarning({ severity }: { readonly severity: string }): boolean {
  return severity === 'warning'
}

function causesOf({ families }: Run['hosts'][number]): readonly string[] {
  const differences = Object.values(families).flatMap((state) => state?.differences ?? [])
  return [...new Set(differences.map(({ cause }) => cause))]
}

function stateOf(host: LabHost): Promise<string> {
  return host.succeed(`for save in iptables-save ip6tables-save; do $save | grep -v '^#' | sed 's/ \\[.*//'; done
    cat /etc/iptables/rules.v4 /etc/iptables/rules.v6`)
}
