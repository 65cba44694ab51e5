import { readdirSync, readFileSync } from 'node:fs'
import { loadInventory } from '../../src/inventory/load.ts'
import type { Family } from '../../src/model/family.ts'
import { FAMILIES } from '../../src/model/family.ts'
import { createRenderer } from '../../src/render/render.ts'

/** What is wanted of a host, as it is written. */
export interface Ruleset {
  readonly name: string
  readonly family: Family
  readonly text: string
}

/** What the example inventories render to. */
export async function renderedRulesets(): Promise<readonly Ruleset[]> {
  const inventories = readdirSync(INVENTORIES).filter((name) => name.endsWith('.yaml'))
  const rendered = await Promise.all(inventories.map(renderedOf))
  return rendered.flat()
}

/** Those of `test/cases/drift`, with chains and tables that ours do not have. */
export function rulesetsByHand(): readonly Ruleset[] {
  return readdirSync(BY_HAND).flatMap(byHand)
}

const ROOT = `${import.meta.dirname}/../..`
const INVENTORIES = `${ROOT}/inventories`
const LOGIN = { become: false, connectSeconds: 10, offline: true } as const
const BY_HAND = `${ROOT}/test/cases/drift`

async function renderedOf(name: string): Promise<readonly Ruleset[]> {
  const { hosts } = await loadInventory(`${INVENTORIES}/${name}`, { login: LOGIN })
  const renderer = createRenderer()
  return hosts.flatMap((host) => {
    const wanted = renderer.render(host)
    return FAMILIES.map((family) => ({ name: `${name} ${host.name}`, family, text: wanted[family] }))
  })
}

function byHand(name: string): readonly Ruleset[] {
  const family = FAMILIES.find((each) => name.endsWith(`.${each}`))
  return family === undefined ? [] : [{ name, family, text: readFileSync(`${BY_HAND}/${name}`, 'utf8') }]
}
