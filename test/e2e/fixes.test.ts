import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { mailfw, OPEN } from './mailfw.ts'

/** A command that mailfw prints, on a host that has what it could hurt. */
interface Fix {
  readonly spec: HostSpec
  /** The code of the finding that has the command. */
  readonly code: string
  /** What prints what must be the same before and after the command. */
  readonly holds: string
  /** What prints what the command has changed. */
  readonly changes: string
  readonly changed: string
}

const FIXES: readonly Fix[] = [
  {
    spec: {
      name: 'noflush',
      setup: linked('/etc/default/netfilter-persistent', [
        'FLUSH_ON_STOP=0',
        '# IPTABLES_RESTORE_NOFLUSH=yes',
        'IPTABLES_RESTORE_NOFLUSH="yes"',
        'IP6TABLES_RESTORE_NOFLUSH=yes # on purpose',
        'IPTABLES_TEST_RULESET=yes',
      ]),
    },
    code: 'restore-noflush',
    holds: `readlink /etc/default/netfilter-persistent; grep -v ^IP.*NOFLUSH /srv/dotfiles/netfilter-persistent`,
    changes: 'grep ^IP.*NOFLUSH /etc/default/netfilter-persistent',
    changed: 'IPTABLES_RESTORE_NOFLUSH=no\nIP6TABLES_RESTORE_NOFLUSH=no\n',
  },
  {
    spec: {
      name: 'saves-on-stop',
      bootLoader: 'rhel',
      osRelease: 'ID=rocky\nID_LIKE="rhel centos fedora"\n',
      setup:
        linked('/etc/sysconfig/iptables-config', [
          '# IPTABLES_SAVE_ON_STOP=yes',
          'IPTABLES_SAVE_ON_STOP="yes"',
          'IPTABLES_SAVE_ON_RESTART="yes"',
        ]) + linked('/etc/sysconfig/ip6tables-config', ['IP6TABLES_SAVE_ON_STOP=yes']),
    },
    code: 'saves-on-stop',
    holds: `readlink /etc/sysconfig/ip*tables-config; grep -v ^IP.*ON_STOP /srv/dotfiles/iptables-config`,
    changes: 'cat /etc/sysconfig/ip*tables-config | grep ^IP.*ON_STOP',
    changed: 'IP6TABLES_SAVE_ON_STOP="no"\nIPTABLES_SAVE_ON_STOP="no"\n',
  },
]

describeLab('a command that is printed to fix a host', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab(FIXES.map(({ spec }) => spec))
    inventory = await lab.inventory({ all: OPEN })
  })
  afterAll(() => lab.close())

  it.concurrent.each(FIXES.map((fix) => [fix.spec.name, fix] as const))(
    'does what it is for and nothing else: %s',
    async (name, { code, holds, changes, changed }) => {
      const host = lab.host(name)
      const before = await host.succeed(holds)
      const command = await fixOf(name, code)
      await host.succeed(command ?? 'false')
      expect(await host.succeed(holds)).toBe(before)
      expect(await host.succeed(changes)).toBe(changed)
      expect(await fixOf(name, code)).toBeUndefined()
    },
  )

  const fixOf = async (name: string, code: string): Promise<string | undefined> => {
    const { findings, ...result } = (await mailfw(lab, 'check', inventory, '--limit', name)).host(name)
    return [result, ...findings].find((each) => each.code === code)?.fix
  }
})

/** A file of settings that is a symbolic link, as those who keep them elsewhere have it. */
function linked(path: string, lines: readonly string[]): string {
  const kept = `/srv/dotfiles/${path.replace(/.*\//, '')}`
  const text = lines.map((line) => `${line}\n`).join('')
  return `mkdir -p /srv/dotfiles ${path.replace(/\/[^/]*$/, '')}; ln -sf ${kept} ${path}; cat >${kept} <<'END'\n${text}END\n`
}
