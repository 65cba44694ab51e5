import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN } from './mailfw.ts'

/** An imitation: a wrapper that prints a real program's words for texts that match, and else runs the program. */
const wrapped = (program: string, pattern: string, words: string, status: number) => `
real=$(readlink -f "$(command -v ${program})")
mkdir -p /usr/local/sbin
cat >/usr/local/sbin/${program} <<'WRAPPER'
#!/bin/sh
[ "\${1:-}" != -V ] || exec /usr/sbin/${program} -V
text=$(cat)
line=$(printf '%s\\n' "$text" | grep -n -m1 -e '${pattern}')
line=\${line%%:*}
if [ -n "$line" ]; then
  printf '${words}' "$line" >&2
  exit ${status}
fi
printf '%s\\n' "$text" | /usr/sbin/${program} "$@"
WRAPPER
chmod 755 /usr/local/sbin/${program}
`
/** As iptables 1.8.11 of RHEL 10 says it without kernel-modules-extra. */
const NO_MODULE =
  'Warning: Extension comment revision 0 not supported, missing kernel module?\\niptables-restore v1.8.11 (nf_tables): \\nline %s: RULE_APPEND failed (No such file or directory): rule in chain INPUT\\n'
/** As iptables-legacy 1.8.9 says it on a kernel without ip_tables. */
const NO_TABLE =
  "iptables-restore v1.8.9 (legacy): iptables-restore: unable to initialize table 'filter'\\n\\nError occurred at line: %s\\n"
const ROCKY = 'ID=rocky\nID_LIKE="rhel centos fedora"\n'
const lacksComment = ['iptables-restore', 'ip6tables-restore']
  .map((program) => wrapped(program, '-m comment', NO_MODULE, 4))
  .join('')

const HOSTS: readonly HostSpec[] = [
  { name: 'no-module', osRelease: ROCKY, bootLoader: 'rhel', setup: lacksComment },
  { name: 'no-comments', osRelease: ROCKY, bootLoader: 'rhel', setup: lacksComment },
  {
    name: 'no-tables',
    backend: 'legacy',
    setup: wrapped('iptables-restore', '^[*]filter', NO_TABLE.replaceAll("'", `'"'"'`), 2),
  },
  { name: 'no-ip6tables', without: ['ip6tables', 'ip6tables-save', 'ip6tables-restore'] },
  { name: 'foreign-chain', setup: 'iptables -N f2b-sshd' },
  { name: 'nft', setup: '' },
  { name: 'legacy', backend: 'legacy' },
  {
    name: 'tmp-full',
    shell: 'bash',
    diskKb: { '/tmp': 64 },
    setup: 'dd if=/dev/zero of=/tmp/zero 2>/dev/null || :',
  },
  {
    name: 'next-kernel',
    osRelease: ROCKY,
    bootLoader: 'rhel',
    setup: `mkdir -p /lib/modules/999.1.0-1.el10
echo 'kernel/net/netfilter/xt_comment.ko.xz:' >/lib/modules/999.1.0-1.el10/modules.dep
echo 'kernel/net/netfilter/xt_hashlimit.ko' >/lib/modules/999.1.0-1.el10/modules.builtin`,
  },
]

const extra = (rule: string) => ({ mailfw_extra_rules: { v4: [rule] } })

describeLab('a host that refuses rules', () => {
  let lab: Lab
  let run: Run
  let inventory: string
  beforeAll(async () => {
    lab = await createLab(HOSTS)
    inventory = await lab.inventory({
      all: OPEN,
      hosts: {
        'no-comments': { mailfw_comments: false },
        'foreign-chain': extra('-A INPUT -p tcp --dport 22 -j f2b-sshd'),
        nft: extra('-A INPUT -p tcp -j NOWHERE'),
        legacy: extra('-A INPUT -p tcp -j NOWHERE'),
      },
    })
    run = await mailfw(lab, 'deploy', inventory, '--max-failures', '100%', '--batch', '100%')
  })
  afterAll(() => lab.close())

  const failure = (name: string) => {
    const { outcome, code, message, fix } = run.host(name)
    expect({ outcome, code, message }).toMatchObject({ outcome: 'failed' })
    expect(message).toMatch(/; nothing was changed$/)
    return { code, message, fix }
  }

  it('names the module that its kernel lacks, the rule, the setting that does without, and the package', () => {
    expect(failure('no-module')).toEqual({
      code: 'missing-module',
      message: expect.stringMatching(
        /^the host's kernel has no module for the extension comment, which the rule "-A INPUT -i lo .*" \(templates\/partials\/established\.hbs:\d+\) needs; mailfw_comments: false does without; /,
      ) as string,
      fix: 'dnf install kernel-modules-extra-$(uname -r)',
    })
  })

  it('is taken, found as wanted and found drifted without comments', async () => {
    expect(run.host('no-comments')).toMatchObject({ outcome: 'confirmed' })
    const host = lab.host('no-comments')
    expect(await host.succeed('iptables-save; cat /etc/sysconfig/iptables')).not.toMatch(/^-A .*comment/m)
    const check = () => mailfw(lab, 'check', inventory, '--limit', 'no-comments')
    expect((await check()).host('no-comments')).toMatchObject({ outcome: 'unchanged' })
    await host.succeed('iptables -D INPUT -i lo -j ACCEPT')
    expect((await check()).host('no-comments')).toMatchObject({ outcome: 'would-change', code: 'drift' })
  })

  it('has no firewall if its iptables is the legacy one and its kernel has no tables for it', () => {
    expect(failure('no-tables')).toMatchObject({
      code: 'no-legacy-tables',
      message: expect.stringMatching(/this host has no firewall now/) as string,
      fix: expect.stringMatching(/^update-alternatives --set iptables \/usr\/sbin\/iptables-nft; /) as string,
    })
  })

  it('lacks ip6tables, and IPv6 is on there', () => {
    expect(failure('no-ip6tables')).toMatchObject({
      code: 'no-iptables',
      message: expect.stringMatching(
        /^there is no ip6tables-save on the host, so nothing could filter IPv6/,
      ) as string,
    })
  })

  it('has a chain that another program keeps, and that boot lacks', () => {
    expect(failure('foreign-chain').message).toMatch(
      /^the rule "-A INPUT .* -j f2b-sshd" \(mailfw_extra_rules\.v4\[0\], .*:\d+\) jumps to f2b-sshd, a chain that is on the host, but another program's/,
    )
  })

  it('tells the same of the same rule, whichever iptables it has', () => {
    const words =
      /^the rule "-A INPUT -p tcp -j NOWHERE" \(mailfw_extra_rules\.v4\[0\], .*:\d+\) jumps to NOWHERE, which is neither/
    const [one, other] = ['nft', 'legacy'].map((name) => failure(name).message.replace(/:\d+\)/, ')'))
    expect(failure('nft').message).toMatch(words)
    expect(other).toBe(one)
  })

  it('takes rules with a full /tmp, also if its sh is bash', () => {
    expect(run.host('tmp-full')).toMatchObject({ outcome: 'confirmed' })
  })

  it('is warned of if its newest kernel lacks what the rules need', () => {
    expect(run.host('next-kernel').outcome).toBe('confirmed')
    const found = run.host('next-kernel').findings.find(({ code }) => code === 'next-kernel-lacks-modules')
    expect(found?.message).toMatch(/999\.1\.0-1\.el10, has no module for conntrack/)
    expect(found?.message).not.toMatch(/comment|hashlimit/)
    expect(found?.fix).toBe('dnf install kernel-modules-extra-999.1.0-1.el10')
  })
})

describeLab('a host that was cloned', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([{ name: 'mx1', setup: `echo ${'a'.repeat(32)} >/etc/machine-id` }])
    inventory = await lab.inventory({ all: OPEN })
    expect((await mailfw(lab, 'deploy', inventory)).host('mx1').outcome).toBe('confirmed')
    const narrow = await lab.inventory({ all: { ...OPEN, mailfw_ping: false } })
    expect((await mailfw(lab, 'deploy', narrow)).host('mx1').outcome).toBe('confirmed')
    const held = await mailfw(lab, 'rollback', inventory, '--to', '1', '--reason', 'of the original')
    expect(held.host('mx1')).toMatchObject({ outcome: 'confirmed' })
    inventory = await lab.inventory({ all: OPEN })
    await lab.host('mx1').succeed(`echo ${'b'.repeat(32)} >/etc/machine-id`)
  })
  afterAll(() => lab.close())

  it('is under no hold of the original, and that is said', async () => {
    const result = (await mailfw(lab, 'check', inventory)).host('mx1')
    expect(result).toMatchObject({ outcome: 'unchanged', code: 'as-wanted' })
    expect(result.hold).toBeUndefined()
    expect(result.findings).toMatchObject([{ code: 'other-machine-generation', severity: 'warning' }])
  })

  it('goes back to rules of the original only if a person allows it', async () => {
    for (const to of ['2', '0']) {
      const refused = await mailfw(lab, 'rollback', inventory, '--to', to)
      expect(refused.host('mx1')).toMatchObject({ outcome: 'failed', code: 'other-machine-generation' })
    }
    const words = ['--to', '2', '--allow', 'other-machine-generation']
    expect((await mailfw(lab, 'rollback', inventory, ...words)).host('mx1').outcome).toBe('confirmed')
    expect((await mailfw(lab, 'check', inventory)).host('mx1').outcome).toBe('held')
  })
})
