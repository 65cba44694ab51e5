import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { ban } from '../lab/programs/fail2ban.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import type { HostState } from './host-state.ts'
import { rulesOf, stateOf } from './host-state.ts'
import type { Run } from './mailfw.ts'
import { CLOSED, mailfw, OPEN, TAKES_RULES } from './mailfw.ts'

const BANNED = '198.18.255.2'
const OLD = handWrittenRules()

const specs: readonly HostSpec[] = (['ipset', 'recent'] as const).flatMap((action) =>
  (['nf_tables', 'legacy'] as const).flatMap((backend) => {
    const name = `${action}-${backend.replace('_', '-')}`
    const host = { backend, rules: OLD, setup: ban(BANNED, { action }) }
    return [
      { ...host, name },
      { ...host, name: `${name}-closed` },
    ]
  }),
)
const names = specs.map((spec) => spec.name)
const closed = names.filter((name) => name.endsWith('closed'))

describeLab('a ban by a set or by a list of recent addresses', () => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  let run: Run
  beforeAll(async () => {
    lab = await createLab(specs)
    await lab.controller(['ip', 'address', 'add', `${BANNED}/15`, 'dev', 'lab'])
    before = new Map(
      await Promise.all(names.map(async (name) => [name, await stateOf(lab.host(name))] as const)),
    )
    const hosts = Object.fromEntries(closed.map((name) => [name, CLOSED]))
    run = await mailfw(
      lab,
      'deploy',
      await lab.inventory({ all: OPEN, hosts }),
      '--max-failures',
      '9',
      ...TAKES_RULES,
    )
  })
  afterAll(() => lab.close())

  it.each(names)('stands before our rules and holds: %s', async (name) => {
    const host = lab.host(name)
    const isClosed = closed.includes(name)
    expect(run.host(name).outcome).toBe(isClosed ? 'reverted' : 'confirmed')
    if (isClosed) expect(await stateOf(host)).toEqual(before.get(name))
    const [first] = rulesOf(await host.save('v4'), 'INPUT')
    expect(first).toBe(rulesOf(before.get(name)?.live.v4 ?? '', 'INPUT')[0])
    expect(first).toContain('f2b-sshd')
    expect(await lab.connects('controller', host.address, 22)).toBe('open')
    expect(await lab.connects('controller', host.address, 22, { localAddress: BANNED })).not.toBe('open')
  })
})
