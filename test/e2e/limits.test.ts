import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { mailfw, OPEN } from './mailfw.ts'

const IMAPS = 993
const names = ['nft', 'legacy']

describeLab('a limit on new connections', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab([{ name: 'nft' }, { name: 'legacy', backend: 'legacy' }])
    for (const name of names) await lab.listen(name, IMAPS)
  })
  afterAll(() => lab.close())

  async function deployBurst(burst: number): Promise<void> {
    await deploy({ imaps: { limit: { rate: '1/hour', burst } } }, 'confirmed')
  }

  async function deploy(services: object, outcome: 'confirmed' | 'unchanged'): Promise<void> {
    const run = await mailfw(
      lab,
      'deploy',
      await lab.inventory({ all: { ...OPEN, mailfw_services: services } }),
    )
    expect([run.code, run.summary]).toEqual([0, { [outcome]: names.length }])
  }

  /** How many of `tries` connections one after the other are let in, on each host and family. */
  async function letIn(tries: number): Promise<readonly number[]> {
    const addresses = names.flatMap((name) => [lab.host(name).address, lab.host(name).address6])
    return Promise.all(
      addresses.map(async (address) => {
        let open = 0
        for (let attempt = 0; attempt < tries; attempt += 1)
          if ((await lab.connects('controller', address, IMAPS)) === 'open') open += 1
        return open
      }),
    )
  }

  it('counts packets anew as soon as it is changed, to more or to less, on both backends and families', async () => {
    await deployBurst(2)
    expect(await letIn(4)).toEqual([2, 2, 2, 2])
    await deployBurst(5)
    expect(await letIn(6)).toEqual([5, 5, 5, 5])
    await deployBurst(1)
    expect(await letIn(3)).toEqual([1, 1, 1, 1])
  })

  it('counts connections of several rules in one chain, which comes and goes with them', async () => {
    const from = ['198.18.0.0/15', '192.0.2.0/24', '2001:db8::1', '2001:db8::2']
    const limited = { imaps: { from, connections: 3 } }
    await deploy(limited, 'confirmed')
    await deploy(limited, 'unchanged')
    await deploy({ imaps: { from } }, 'confirmed')
  })

  it('keeps no good change out: what a limit on SSH counts of ours is waited for', async () => {
    const ssh = {
      mailfw_ssh: { limit: { rate: '3/minute', burst: 2 } },
      mailfw_controllers: ['203.0.113.5'],
      mailfw_confirm_seconds: 28,
    }
    const to = async (services: object) =>
      mailfw(lab, 'deploy', await lab.inventory({ all: { ...OPEN, ...ssh, mailfw_services: services } }))
    await to({ smtp: {} })
    const run = await to({ imaps: {} })
    expect(run.hosts.map(({ outcome, code }) => [outcome, code])).toEqual(
      names.map(() => ['confirmed', 'deployed']),
    )
    expect(run.hosts.flatMap(({ findings }) => findings.map(({ code }) => code))).toContain(
      'ssh-limit-counts-us',
    )
  })
})
