import { afterAll, beforeAll, expect, it } from 'vitest'
import { stateOf } from '../e2e/host-state.ts'
import { mailfw, SHORTEST } from '../e2e/mailfw.ts'
import type { Lab } from '../lab/lab.ts'
import { describeReal } from './describe-real.ts'
import { guardUnits } from './guard-unit.ts'
import type { Person } from './people.ts'
import { greeting, joinNetwork } from './people.ts'
import { createRealLab } from './real-lab.ts'

const names = ['mx1', 'mail1']
const services = [
  { port: 25, how: 'plain', says: '220 ' },
  { port: 143, how: 'plain', says: '* OK ' },
  { port: 993, how: 'tls', says: '* OK ' },
] as const

describeReal('the first deploy to a real host', (image) => {
  let lab: Lab
  let inventory: string
  let client: Person
  let stranger: Person
  beforeAll(async () => {
    lab = await createRealLab(
      image,
      names.map((name) => ({ name })),
    )
    client = await joinNetwork(lab, 1)
    stranger = await joinNetwork(lab, 2)
    const clients = { from: [client.address, client.address6] }
    inventory = await lab.inventory({
      all: { mailfw_confirm_seconds: SHORTEST },
      hosts: {
        mx1: { mailfw_services: { smtp: {} } },
        mail1: { mailfw_services: { imap: clients, imaps: {} } },
      },
    })
  })
  afterAll(() => lab.close())

  /** The ports of a host whose server answers somebody, by either family alike. */
  const answering = async (name: string, { address, address6 }: Person): Promise<readonly number[]> => {
    const host = lab.host(name)
    const answers = await Promise.all(
      services.map(async ({ port, how, says }) => {
        const heard = await Promise.all([
          greeting(lab, address, host.address, port, how),
          greeting(lab, address6, host.address6, port, how),
        ])
        const isHeard = heard.map((line) => line.startsWith(says))
        if (isHeard[0] !== isHeard[1])
          throw new Error(`Expected both families alike, got ${heard.join(', ')}`)
        return isHeard[0] === true ? [port] : []
      }),
    )
    return answers.flat()
  }
  const everybodyIsServed = async () => {
    const served = [answering('mx1', client), answering('mx1', stranger)]
    expect(await Promise.all(served)).toEqual([[25], [25]])
    const read = [answering('mail1', client), answering('mail1', stranger)]
    expect(await Promise.all(read)).toEqual([[143, 993], [993]])
  }

  it('finds Postfix and Dovecot open to everybody', async () => {
    for (const name of names) expect(await answering(name, stranger)).toEqual([25, 143, 993])
  })

  it('is confirmed, with a receipt', async () => {
    const run = await mailfw(lab, 'deploy', inventory)
    expect([run.code, run.summary]).toEqual([0, { confirmed: 2 }])
    for (const name of names) {
      expect(run.host(name)).toMatchObject({ generation: 1, connections: 2, findings: [] })
      const receipt = await lab.host(name).succeed('cat /var/lib/mailfw/generations/1/receipt')
      expect(receipt).toMatch(/^attempt=[0-9a-f]{16}$/m)
    }
  })

  it('opens the ports of the inventory to those whom it names, and no other', everybodyIsServed)

  it('leaves nothing of an attempt, neither a guard nor a file', async () => {
    for (const name of names) {
      const host = lab.host(name)
      expect(await guardUnits(host)).toEqual([])
      expect(await host.succeed('ls -A /run/mailfw/attempt 2>/dev/null || ls /etc/iptables')).toBe(
        'rules.v4\nrules.v6\n',
      )
    }
  })

  it('is found unchanged by a check', async () => {
    const run = await mailfw(lab, 'check', inventory)
    expect([run.code, run.summary]).toEqual([0, { unchanged: 2 }])
  })

  it('is still there after a reboot: netfilter-persistent loads what was saved', async () => {
    const before = await Promise.all(names.map((name) => stateOf(lab.host(name))))
    await Promise.all(names.map((name) => lab.host(name).reboot()))
    expect(await Promise.all(names.map((name) => stateOf(lab.host(name))))).toEqual(before)
    await everybodyIsServed()
    const run = await mailfw(lab, 'check', inventory)
    expect([run.code, run.summary]).toEqual([0, { unchanged: 2 }])
  })

  it('depends on netfilter-persistent, which the check misses where it is disabled', async () => {
    await lab.host('mx1').succeed('systemctl disable netfilter-persistent')
    const run = await mailfw(lab, 'check', inventory, '--limit', 'mx1')
    expect(run.host('mx1').findings).toMatchObject([{ code: 'no-boot-loader' }])
    expect(run.host('mx1').findings[0]?.fix).toContain('systemctl enable netfilter-persistent')
  })
})
