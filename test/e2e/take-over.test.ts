import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { handWrittenRules } from '../lab/programs/rulesets.ts'
import type { Run } from './mailfw.ts'
import { mailfw, OPEN, render } from './mailfw.ts'

const OLD = handWrittenRules()
const backends = ['nf_tables', 'legacy'] as const
const families = ['v4', 'v6'] as const

describeLab('the first deploy on a host with rules of its own', () => {
  let lab: Lab
  let inventory: string
  let before: ReadonlyMap<string, string>
  let untouched: ReadonlyMap<string, string>
  let check: Run
  let refused: Run
  let deploy: Run
  beforeAll(async () => {
    lab = await createLab(
      backends.map((backend) => ({ name: hostOn(backend), backend, rules: OLD, saved: OLD })),
    )
    inventory = await lab.inventory({ all: OPEN })
    before = await liveRules()
    check = await mailfw(lab, 'check', inventory, '--diff')
    refused = await mailfw(lab, 'deploy', inventory)
    untouched = await liveRules()
    deploy = await mailfw(lab, 'deploy', inventory, '--allow', 'first-deploy-removes')
  })
  afterAll(() => lab.close())

  const hostOn = (backend: (typeof backends)[number]) => backend.replace('_', '-')
  const liveRules = async () => {
    const texts = [...lab.hosts.values()].flatMap((host) =>
      families.map(async (family) => [`${host.name} ${family}`, await host.save(family)] as const),
    )
    return new Map(await Promise.all(texts))
  }
  const cases = backends.flatMap((backend) => families.map((family) => [hostOn(backend), family] as const))

  it.each(cases)(
    'is announced with each rule that goes, also those that nobody of us wrote: %s %s',
    (name, family) => {
      const { outcome, message, families: states } = check.host(name)
      const gone = (states[family]?.diff ?? '').split('\n').filter((line) => line.startsWith('- '))
      const old = filterTable(before.get(`${name} ${family}`) ?? '')
      expect([check.code, outcome]).toEqual([3, 'would-change'])
      expect(message).toContain('generation 0')
      expect(old.length).toBeGreaterThan(15)
      expect(sorted(gone)).toEqual(sorted(old.map((line) => `- ${line}`)))
    },
  )

  it.each(cases)(
    'is refused if nobody sees it, with each rule and whose it seems to be: %s %s',
    (name, family) => {
      expect(refused.code).toBe(4)
      expect(refused.host(name)).toMatchObject({
        outcome: 'failed',
        code: 'first-deploy-removes',
        connections: 1,
      })
      expect(refused.host(name).message).toMatch(
        /^the first deploy here takes away \d+ rules .*; --allow first-deploy-removes overrides it; nothing was changed$/,
      )
      const { removes = [] } = refused.host(name)
      const rules = removes
        .filter((each) => each.family === family && each.in !== 'saved')
        .map(({ line }) => line)
      expect(sorted(rules)).toEqual(
        sorted(filterTable(before.get(`${name} ${family}`) ?? '').filter((line) => line.startsWith('-A'))),
      )
      expect(removes.every(({ owner }) => owner !== '')).toBe(true)
      expect(untouched.get(`${name} ${family}`)).toBe(before.get(`${name} ${family}`))
    },
  )

  it.each(cases)('leaves nothing in the table filter but what was rendered: %s %s', async (name, family) => {
    expect(deploy.host(name)).toMatchObject({ outcome: 'confirmed', generation: 1 })
    const directory = await render(lab, inventory)
    const wanted = await readFile(`${directory}/${name}/rules.${family}`, 'utf8')
    const host = lab.host(name)
    const live = await host.save(family)
    const command = family === 'v4' ? 'iptables' : 'ip6tables'
    // The same file loaded over everything, as a boot would
    await host.succeed(`${command}-restore`, { input: wanted })
    expect(filterTable(live)).toEqual(filterTable(await host.save(family)))
  })

  it.each(cases)('leaves the tables alone that no rendered file names: %s %s', (name, family) => {
    const others = (text: string) => text.split(/^(?=\*)/m).filter((table) => !table.startsWith('*filter'))
    return expect(lab.host(name).save(family).then(others)).resolves.toEqual(
      others(before.get(`${name} ${family}`) ?? ''),
    )
  })

  it.each(cases)('keeps what was there as generation 0, and says so: %s %s', async (name, family) => {
    expect(deploy.host(name).message).toMatch(/generation 0 keeps what was there before$/)
    const kept = (file: string) =>
      lab.host(name).succeed(`cat /var/lib/mailfw/generations/0/${file}.${family}`)
    expect(await kept('saved')).toBe(OLD[family])
    expect(sorted(ruleLines(await kept('live')))).toEqual(
      sorted(ruleLines(before.get(`${name} ${family}`) ?? '')),
    )
  })

  it('leaves hosts that are as wanted', async () => {
    const again = await mailfw(lab, 'deploy', inventory)
    expect([again.code, again.summary]).toEqual([0, { unchanged: backends.length }])
  })
})

/** Declarations of user chains, and rules. */
function filterTable(text: string): readonly string[] {
  const table = text.split(/^(?=\*)/m).find((each) => each.startsWith('*filter')) ?? ''
  return table.split('\n').filter((line) => /^-A|^:\S+ -/.test(line))
}

function ruleLines(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => /(?:^|\] )(-A .*)/.exec(line)?.[1] ?? [])
}

function sorted(lines: readonly string[]): readonly string[] {
  return [...lines].sort()
}
