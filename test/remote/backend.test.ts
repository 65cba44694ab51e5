import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Backend } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'
import { BEFORE, useLab } from './fleet.ts'
import { endOf, leftOn, recoverOn, refusalOf, statusOf, stub, tryOn, wantedWith } from './try.ts'

const INFIX = { nf_tables: 'nft', legacy: 'legacy' } as const
const OTHER = { nf_tables: 'legacy', legacy: 'nf_tables' } as const
const PROGRAMS = [
  'iptables',
  'iptables-save',
  'iptables-restore',
  'ip6tables',
  'ip6tables-save',
  'ip6tables-restore',
]

/** As update-alternatives does it. */
function switchTo(backend: Backend, programs: readonly string[] = PROGRAMS): string {
  return programs
    .map((program) => {
      const [command = '', verb] = program.split('-')
      const real = [command, INFIX[backend], ...(verb === undefined ? [] : [verb])].join('-')
      return `ln -sfn /usr/sbin/${real} /etc/alternatives/${program}`
    })
    .join('\n')
}

const shadow = (backend: Backend) => {
  const multi = `/usr/sbin/xtables-${INFIX[OTHER[backend]]}-multi`
  return `for program in ${PROGRAMS.join(' ')}; do cp ${multi} /usr/local/sbin/$program; done`
}

/** What happens to a host's iptables within the window. */
const CHANGES: readonly { readonly name: string; readonly backend: Backend; readonly script: string }[] = [
  { name: 'switched', backend: 'nf_tables', script: switchTo('legacy') },
  { name: 'switched-back', backend: 'legacy', script: switchTo('nf_tables') },
  { name: 'ipv6-alone', backend: 'nf_tables', script: switchTo('legacy', PROGRAMS.slice(3)) },
  {
    name: 'save-alone',
    backend: 'nf_tables',
    script: switchTo('legacy', ['iptables-save', 'ip6tables-save']),
  },
  {
    name: 'restore-alone',
    backend: 'nf_tables',
    script: switchTo('legacy', ['iptables-restore', 'ip6tables-restore']),
  },
  { name: 'shadowed', backend: 'nf_tables', script: shadow('nf_tables') },
  {
    name: 'mounted-over',
    backend: 'nf_tables',
    script: 'mount --bind /usr/sbin/xtables-legacy-multi /usr/sbin/xtables-nft-multi',
  },
  { name: 'removed', backend: 'nf_tables', script: 'rm /usr/sbin/xtables-nft-multi' },
  { name: 'removed-legacy', backend: 'legacy', script: 'rm /usr/sbin/xtables-legacy-multi' },
]

describeLab('iptables that is another one by the deadline', () => {
  const { host } = useLab(
    CHANGES.map(({ name, backend }) => ({ name, backend, rules: BEFORE, saved: BEFORE })),
  )

  it.concurrent.each(CHANGES)('does not matter to the guard: $name', async ({ name, backend, script }) => {
    const here = host(name)
    const before = await rulesOf(here)
    const made = await tryOn(here, wantedWith(25), 3)
    await made.apply()
    const keep = await keepPrograms(here)
    await here.succeed(script)
    expect(await endOf(here)).toBe('reverted')
    await here.succeed(keep)
    expect(await rulesOf(here)).toEqual(before)
    expect(before[OTHER[backend]]).not.toContain('-A ')
    expect((await statusOf(here)).log).toContain(`is not ${backend} any more`)
  })
})

describeLab('an iptables that is switched when the guard is armed', () => {
  const { host } = useLab([
    { name: 'virgin' },
    { name: 'virgin-legacy', backend: 'legacy' },
    { name: 'rules', rules: BEFORE, saved: BEFORE },
  ])

  it.concurrent.each([
    ['virgin', 'legacy'],
    ['virgin-legacy', 'nf_tables'],
    ['rules', 'legacy'],
  ] as const)('is given no rules: %s', async (name, other) => {
    const before = await rulesOf(host(name))
    const made = await tryOn(host(name), wantedWith(25))
    await stub(host(name), 'mv', `/bin/mv "$@"\ncase "$*" in */state.armed) ${switchTo(other)} ;; esac`)
    expect(await refusalOf(made.apply())).toMatchObject({ code: 'other-backend-now' })
    expect(withoutBlank(await rulesOf(host(name)))).toEqual(withoutBlank(before))
    expect(await leftOn(host(name))).toBe('')
  })
})

/** A table that is empty equals one that is absent. */
function withoutBlank(rules: Awaited<ReturnType<typeof rulesOf>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(rules).map(([name, text]) => [
      name,
      text.replace(/^(\*.*|:\S+ ACCEPT.*|COMMIT|#.*)\n?/gm, ''),
    ]),
  )
}

describeLab('an attempt on a host whose iptables was switched since', () => {
  const names = ['confirm', 'confirm-save', 'revert', 'recover', 'none']
  const { host } = useLab(names.map((name) => ({ name, rules: BEFORE, saved: BEFORE })))

  it.concurrent.each([
    ['confirm', PROGRAMS],
    ['confirm-save', ['iptables-save', 'ip6tables-save']],
  ])('is not confirmed but reverted: %s', async (name, programs) => {
    const before = await rulesOf(host(name))
    const made = await tryOn(host(name), wantedWith(25))
    await made.apply()
    await host(name).succeed(switchTo('legacy', programs))
    expect(await refusalOf(made.confirm())).toMatchObject({ code: 'other-backend-now' })
    expect(await rulesOf(host(name))).toEqual(before)
  })

  it.concurrent('is reverted by hand where it was made', async () => {
    const before = await rulesOf(host('revert'))
    const made = await tryOn(host('revert'), wantedWith(25))
    await made.apply()
    await host('revert').succeed(switchTo('legacy'))
    await made.revert()
    expect(await rulesOf(host('revert'))).toEqual(before)
  })

  it.concurrent('is recovered where it was made', async () => {
    const before = await rulesOf(host('recover'))
    const made = await tryOn(host('recover'), wantedWith(25))
    await made.apply()
    await host('recover').succeed('read -r guard _ </run/mailfw/attempt/guard; kill -9 $guard')
    await host('recover').succeed(switchTo('legacy'))
    expect(await recoverOn(host('recover'))).toMatchObject({ did: 'reverted', id: made.id })
    expect(await rulesOf(host('recover'))).toEqual(before)
  })

  it.concurrent('is never written into the other backend', async () => {
    const here = host('none')
    const before = await rulesOf(here)
    const made = await tryOn(here, wantedWith(25))
    await made.apply()
    const back = await keepPrograms(here)
    await here.succeed(
      'read -r guard _ </run/mailfw/attempt/guard; kill -9 $guard; rm /usr/sbin/xtables-nft-multi',
    )
    await here.succeed(switchTo('legacy'))
    expect(await refusalOf(made.revert())).toMatchObject({ code: 'revert-failed' })
    await here.succeed(back)
    expect((await rulesOf(here)).legacy).toEqual(before.legacy)
    expect((await rulesOf(here)).nf_tables).toContain('--dport 25 -j ACCEPT')
  })
})

/** A script that brings back what was removed, mounted over or put in front. */
async function keepPrograms(host: LabHost): Promise<string> {
  await host.succeed('cp /usr/sbin/xtables-nft-multi /usr/sbin/xtables-legacy-multi /root/')
  return `umount /usr/sbin/xtables-nft-multi 2>/dev/null
    rm -f /usr/local/sbin/*tables*
    for program in nft legacy; do
      [ -e /usr/sbin/xtables-$program-multi ] || cp /root/xtables-$program-multi /usr/sbin/
    done`
}

/** The rules of both backends, without counters. */
async function rulesOf(host: LabHost): Promise<Record<Backend, string>> {
  const rules = (infix: string) =>
    host.succeed(
      `{ iptables-${infix}-save; ip6tables-${infix}-save; } 2>/dev/null | grep -v '^#' | sed 's/ \\[[0-9]*:[0-9]*\\]$//'`,
    )
  return { nf_tables: await rules('nft'), legacy: await rules('legacy') }
}
