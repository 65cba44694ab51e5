import { readFileSync } from 'node:fs'
import type { FileTree } from './file-tree.ts'
import { file } from './file-tree.ts'
import type { BootLoader, RulesTexts } from './host-spec.ts'

/** Where a boot loader keeps what it loads. */
export const savedPaths: Readonly<Record<BootLoader, { readonly v4: string; readonly v6: string }>> = {
  debian: { v4: '/etc/iptables/rules.v4', v6: '/etc/iptables/rules.v6' },
  none: { v4: '/etc/iptables/rules.v4', v6: '/etc/iptables/rules.v6' },
  rhel: { v4: '/etc/sysconfig/iptables', v6: '/etc/sysconfig/ip6tables' },
  alpine: { v4: '/etc/iptables/rules-save', v6: '/etc/iptables/rules6-save' },
  arch: { v4: '/etc/iptables/iptables.rules', v6: '/etc/iptables/ip6tables.rules' },
}

/** The files by which a boot loader is installed and enabled; boot.sh does what it would do at boot. */
export function bootLoaderFiles(loader: BootLoader): FileTree {
  return loaders[loader]()
}

/** The saved files themselves, as the loader's own `save` leaves them: root's, 0640. */
export function savedFiles(loader: BootLoader, saved: RulesTexts): FileTree {
  const { v4, v6 } = savedPaths[loader]
  return {
    ...(saved.v4 === undefined ? {} : { [v4]: file(saved.v4, 0o640) }),
    ...(saved.v6 === undefined ? {} : { [v6]: file(saved.v6, 0o640) }),
  }
}

const loaders: Readonly<Record<BootLoader, () => FileTree>> = {
  debian: () => ({
    ...systemdUnit('netfilter-persistent', '/usr/sbin/netfilter-persistent start'),
    '/usr/sbin/netfilter-persistent': file(script('netfilter-persistent.sh'), 0o755),
    '/usr/share/netfilter-persistent/plugins.d/15-ip4tables': file(script('plugin.sh'), 0o755),
    '/usr/share/netfilter-persistent/plugins.d/25-ip6tables': file(script('plugin.sh'), 0o755),
    '/etc/default/netfilter-persistent': file(
      'FLUSH_ON_STOP=0\nIPTABLES_TEST_RULESET=yes\nIP6TABLES_TEST_RULESET=yes\n',
    ),
    '/etc/iptables': { kind: 'directory' },
  }),
  rhel: () => ({
    ...systemdUnit('iptables', '/usr/libexec/iptables/iptables.init start'),
    ...systemdUnit('ip6tables', '/usr/libexec/iptables/ip6tables.init start'),
    '/etc/sysconfig/iptables-config': file('IPTABLES_MODULES_UNLOAD="yes"\nIPTABLES_SAVE_ON_STOP="no"\n'),
    '/etc/sysconfig/ip6tables-config': file('IP6TABLES_MODULES_UNLOAD="yes"\nIP6TABLES_SAVE_ON_STOP="no"\n'),
  }),
  alpine: () => ({
    ...openrcService('iptables', '/etc/iptables/rules-save'),
    ...openrcService('ip6tables', '/etc/iptables/rules6-save'),
    '/etc/iptables': { kind: 'directory' },
  }),
  arch: () => ({
    ...systemdUnit('iptables', '/usr/bin/iptables-restore /etc/iptables/iptables.rules'),
    ...systemdUnit('ip6tables', '/usr/bin/ip6tables-restore /etc/iptables/ip6tables.rules'),
    '/etc/iptables': { kind: 'directory' },
  }),
  none: () => ({}),
}

function systemdUnit(name: string, command: string): FileTree {
  const unit = `/usr/lib/systemd/system/${name}.service`
  return {
    [unit]: file(
      `[Unit]\nDescription=${name}\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=${command}\n` +
        '[Install]\nWantedBy=multi-user.target\n',
    ),
    [`/etc/systemd/system/multi-user.target.wants/${name}.service`]: { kind: 'link', to: unit },
  }
}

function openrcService(name: string, savedPath: string): FileTree {
  return {
    [`/etc/init.d/${name}`]: file('#!/sbin/openrc-run\n', 0o755),
    [`/etc/runlevels/default/${name}`]: { kind: 'link', to: `/etc/init.d/${name}` },
    [`/etc/conf.d/${name}`]: file(
      `${name.toUpperCase()}_SAVE="${savedPath}"\nSAVE_RESTORE_OPTIONS="-c"\nSAVE_ON_STOP="yes"\n`,
    ),
  }
}

function script(name: string): string {
  return readFileSync(new URL(`boot-loaders/${name}`, import.meta.url), 'utf8')
}
