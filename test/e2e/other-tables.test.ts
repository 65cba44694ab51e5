import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { dockerRules } from '../lab/programs/rulesets.ts'
import { stateOf } from './host-state.ts'
import type { HostState } from './host-state.ts'
import { mailfw, OPEN } from './mailfw.ts'

const OURS = '-A PREROUTING -p tcp -m tcp --dport 2525 -j REDIRECT --to-ports 25'
const TEMPLATE = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${OURS}
COMMIT
*filter
:INPUT {{policies.input}} [0:0]
:FORWARD {{policies.forward}} [0:0]
:OUTPUT {{policies.output}} [0:0]
{{> established}}
{{> ssh}}
{{> services}}
COMMIT
`

describeLab('a template that names the table nat', () => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  beforeAll(async () => {
    lab = await createLab([
      { name: 'nft', rules: dockerRules(28) },
      { name: 'legacy', backend: 'legacy', rules: dockerRules(28) },
    ])
    before = await states()
    await mkdir(`${lab.home}/templates`)
    await writeFile(`${lab.home}/templates/rules.v4.hbs`, TEMPLATE)
  })
  afterAll(() => lab.close())

  const states = async () =>
    new Map(
      await Promise.all(
        [...lab.hosts.values()].map(async (host) => [host.name, await stateOf(host)] as const),
      ),
    )
  const nat = (state: HostState | undefined) =>
    state?.live.v4.split(/^(?=\*)/m).find((table) => table.startsWith('*nat')) ?? ''

  it('puts our rules there behind Docker’s, and they go when it names it no more', async () => {
    const withTemplate = await lab.inventory({ all: { ...OPEN, mailfw_templates: 'templates' } })
    const first = await mailfw(lab, 'deploy', withTemplate)
    expect([first.code, first.summary]).toEqual([0, { confirmed: 2 }])
    for (const [name, state] of await states()) {
      expect(nat(state)).toContain(`-j DOCKER\n${OURS}\n`)
      expect(nat(state).replace(`${OURS}\n`, '')).toBe(nat(before.get(name)))
    }
    const second = await mailfw(lab, 'check', withTemplate)
    expect(second.summary).toEqual({ unchanged: 2 })

    const without = await lab.inventory({ all: OPEN })
    const check = await mailfw(lab, 'check', without, '--diff')
    expect(check.host('nft').families.v4?.diff).toContain(`*nat\n- ${OURS}\n`)
    const third = await mailfw(lab, 'deploy', without)
    expect([third.code, third.summary]).toEqual([0, { confirmed: 2 }])
    for (const [name, state] of await states()) expect(nat(state)).toBe(nat(before.get(name)))
    expect((await mailfw(lab, 'deploy', without)).summary).toEqual({ unchanged: 2 })
  })
})
