import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { CLOSED, mailfw, OPEN, SHORTEST, startDeploy, TAKES_RULES } from './mailfw.ts'

const OLD = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:f2b-sshd - [0:0]
-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A INPUT -i lo -j ACCEPT
-A INPUT -p ipv6-icmp -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A f2b-sshd -j RETURN
COMMIT
`
const loadedBy = (backend: string) =>
  ['iptables', 'ip6tables']
    .map((command) => {
      const rules = command === 'iptables' ? OLD.replace(/^.*ipv6-icmp.*\n/m, '') : OLD
      return `${command}-${backend}-restore <<'END'\n${rules}END\n`
    })
    .join('')
const BACKENDS = ['nft', 'legacy'] as const
const other = (backend: string) => (backend === 'nft' ? 'legacy' : 'nft')
const named = (story: string) =>
  BACKENDS.map((backend) => ({
    name: `${story}-${backend}`,
    backend: backend === 'nft' ? ('nf_tables' as const) : ('legacy' as const),
    setup: loadedBy(other(backend)),
  }))

describeLab('deploy --take-over', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([...named('moved'), ...named('locked')])
    const hosts = Object.fromEntries(named('locked').map(({ name }) => [name, CLOSED]))
    inventory = await lab.inventory({ all: OPEN, hosts })
  })
  afterAll(() => lab.close())

  it.concurrent.each(BACKENDS)(
    'is what check offers, shows what goes from where, and is taken back by rollback --to 0: to %s',
    async (backend) => {
      const name = `moved-${backend}`
      const host = lab.host(name)
      const before = await rulesOf(host)
      const limit = ['--limit', name]
      const plain = await mailfw(lab, 'check', inventory, ...limit)
      const fix = expect.stringMatching(/^mailfw deploy .* --take-over$/) as string
      expect(plain.host(name)).toMatchObject({ outcome: 'failed', code: 'other-backend', fix })
      const plan = await mailfw(lab, 'check', inventory, ...limit, '--take-over', ...TAKES_RULES, '--diff')
      const diff = plan.host(name).families.v4?.diff ?? ''
      expect(plan.host(name)).toMatchObject({ outcome: 'would-change' })
      expect(diff).toContain(`*filter of iptables-${other(backend)}\n`)
      expect(diff).toContain('- -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n')
      expect(diff).toContain('# stays there, of another program: -A FORWARD -o docker0 -j DOCKER\n')
      expect(await rulesOf(host)).toEqual(before)

      const moved = await mailfw(lab, 'deploy', inventory, ...limit, '--take-over', ...TAKES_RULES)
      expect(moved.host(name)).toMatchObject({ outcome: 'confirmed', generation: 1 })
      expect(moved.host(name).findings.map(({ code }) => code)).not.toContain('other-backend')
      const after = await rulesOf(host)
      expect(after[other(backend)]).toContain('-A FORWARD -o docker0 -j DOCKER')
      expect(after[other(backend)]).not.toMatch(/DROP|--dport 22 /)
      expect(after[backend]).toContain('-A INPUT')
      expect((await mailfw(lab, 'check', inventory, ...limit)).host(name).outcome).toBe('unchanged')

      const back = await mailfw(lab, 'rollback', inventory, ...limit, '--to', '0', '--yes')
      expect(back.host(name)).toMatchObject({ outcome: 'confirmed', code: 'rolled-back' })
      expect(await rulesOf(host)).toEqual(before)

      // One enforce at a time
      for (const verb of backend === 'nft' ? (['check', 'enforce', 'deploy'] as const) : (['check'] as const))
        expect((await mailfw(lab, verb, inventory, ...limit)).host(name).outcome).toBe('held')
      const released = await mailfw(lab, 'deploy', inventory, ...limit, '--release')
      expect(released.host(name)).toMatchObject({ outcome: 'failed', code: 'other-backend', fix })
      expect(await rulesOf(host)).toEqual(before)
    },
  )

  it.concurrent.each(BACKENDS)(
    'is undone by the guard of a host that is locked out, with its controller dead: to %s',
    async (backend) => {
      const name = `locked-${backend}`
      const host = lab.host(name)
      const before = await rulesOf(host)
      const run = startDeploy(
        lab,
        inventory,
        '--limit',
        name,
        '--take-over',
        ...TAKES_RULES,
        '--confirm',
        'connection',
      )
      await host.succeed('until [ -e /run/mailfw/attempt/state.applied ]; do sleep 0.05; done')
      run.child.kill('SIGKILL')
      await run.ended
      expect(await rulesOf(host)).not.toEqual(before)
      await host.succeed('until [ -e /run/mailfw/attempt/state.reverted ]; do sleep 0.1; done', {
        timeoutSeconds: SHORTEST + 20,
      })
      expect(await rulesOf(host)).toEqual(before)
    },
  )
})

async function rulesOf(host: LabHost): Promise<Record<string, string>> {
  const entries = await Promise.all(
    BACKENDS.map(async (backend) => {
      const text = await host.succeed(`iptables-${backend}-save; ip6tables-${backend}-save`)
      return [backend, tidy(text)] as const
    }),
  )
  return Object.fromEntries(entries)
}

/** Rules, user chains and policies that close; what remains of a table that was empty before is none of them. */
function tidy(text: string): string {
  return text
    .split('\n')
    .flatMap((line) => /^-A .*|^:\S+ (?:DROP|-)/.exec(line)?.[0] ?? [])
    .join('\n')
}
