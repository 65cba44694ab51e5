import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { stateOf } from './host-state.ts'
import { mailfw, OPEN, SHORTEST } from './mailfw.ts'

/** Addresses that lead to one host first and to its partner later, as keepalived makes them. */
const PAIRS = { clones: '198.19.1.1', siblings: '198.19.1.2', strangers: '198.19.1.3' } as const

type Pair = keyof typeof PAIRS

const NAMES = Object.keys(PAIRS) as readonly Pair[]
const partnerOf = (pair: string) => `${pair}-2`

/** Second addresses of hosts. */
const SECOND = { wandering: '198.19.2.1', 'by-address': '198.19.2.2' } as const

describeLab('an address that leads elsewhere by the time of the confirmation', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab([
      ...NAMES.flatMap((pair) => [
        { name: pair, setup: `ip address add ${PAIRS[pair]}/15 dev eth0\n` },
        { name: partnerOf(pair) },
      ]),
      ...Object.entries(SECOND).map(([name, address]) => ({
        name,
        setup: `ip address add ${address}/15 dev eth0\n`,
      })),
      ...['named', 'balanced', 'balanced-2'].map((name) => ({ name })),
    ])
    for (const pair of NAMES) await script(`move-${pair}`, moving(pair))
    await script(
      'wander',
      `${ONCE('wander')} && exec nc "${lab.host('wandering').address}" 22\nexec nc ${SECOND.wandering} 22\n`,
    )
    const { address } = lab.host('by-address')
    await script(
      'follow',
      `[ "$1" = ${address} ] || ${ONCE('follow')} || exec nc ${SECOND['by-address']} 22\nexec nc ${address} 22\n`,
    )
    const [one, two] = [lab.host('balanced').address, lab.host('balanced-2').address]
    await script('balance', `${ONCE('balance')} && exec nc ${one} 22\nexec nc ${two} 22\n`)
    await Promise.all(['clones', 'siblings', 'balanced'].map(shareHostKey))
    await lab
      .host('siblings-2')
      .succeed('tr 0-9a-f 1-9a-f0 </etc/machine-id >/etc/m; cat /etc/m >/etc/machine-id')
  })
  afterAll(() => lab.close())

  const script = async (name: string, text: string) => {
    await writeFile(join(lab.home, name), `#!/bin/sh\n${text}`)
    await chmod(join(lab.home, name), 0o755)
  }

  /** A ProxyCommand that has the address moved before the second connection. */
  const moving = (pair: Pair) => {
    const [from, to] = [lab.host(pair), lab.host(partnerOf(pair))]
    return `if ! ${ONCE(pair)}; then
  ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@${from.address} ip address del ${PAIRS[pair]}/15 dev eth0 </dev/null >/dev/null 2>&1
  ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@${to.address} ip address add ${PAIRS[pair]}/15 dev eth0 </dev/null >/dev/null 2>&1
  ip neighbour flush to ${PAIRS[pair]}
fi
exec nc "$1" 22
`
  }

  const shareHostKey = async (pair: string) => {
    const key = '/etc/ssh/ssh_host_ed25519_key'
    const text = await lab.host(pair).succeed(`cat ${key}`)
    await lab.host(partnerOf(pair)).succeed(`cat >${key}; kill -HUP "$(cat /run/sshd.pid)"`, { input: text })
  }

  const deploy = async (name: string, vars: Readonly<Record<string, unknown>>, all: object = OPEN) => {
    const hosts = { [name]: { mailfw_addresses: [], ...vars } }
    const inventory = await lab.inventory({ all: { ...all, mailfw_probes: false }, hosts }, `${name}.yaml`)
    return mailfw(lab, 'deploy', inventory, '--limit', name, '--accept-new-host-keys')
  }

  const proxy = (name: string) => ({ ansible_ssh_common_args: `-o 'ProxyCommand=${lab.home}/${name} %h'` })

  it.concurrent.each(NAMES)(
    'is not taken for a reboot of the host if another machine answers: %s',
    async (pair) => {
      const before = await stateOf(lab.host(partnerOf(pair)))
      const run = await deploy(pair, { ansible_host: PAIRS[pair], ...proxy(`move-${pair}`) })
      expect([run.code, run.host(pair)]).toMatchObject([6, { outcome: 'unknown', code: 'other-machine' }])
      expect(run.host(pair).message).toMatch(new RegExp(`^expected ${pair}, but another machine answers`))
      expect(run.host(pair).pending?.id).toMatch(/^[0-9a-f]{16}$/)
      expect(await stateOf(lab.host(partnerOf(pair)))).toEqual(before)
      await lab.host(pair).succeed('until [ -e /run/mailfw/attempt/state.reverted ]; do sleep 0.1; done', {
        timeoutSeconds: 2 * SHORTEST,
      })
    },
  )

  it.concurrent('costs nothing if the connection to the first machine lives on', async () => {
    const before = await stateOf(lab.host('balanced'))
    const run = await deploy('balanced', proxy('balance'))
    expect([run.code, run.host('balanced')]).toMatchObject([
      5,
      { outcome: 'reverted', code: 'other-machine' },
    ])
    expect(run.host('balanced').message).toMatch(/balanced was reverted over .*; the old rules are back$/)
    expect(await stateOf(lab.host('balanced'))).toEqual(before)
  })

  it.concurrent('is no proof if the host is reached at another one of its addresses only', async () => {
    const before = await stateOf(lab.host('wandering'))
    const run = await deploy('wandering', proxy('wander'))
    expect([run.code, run.host('wandering')]).toMatchObject([
      5,
      { outcome: 'reverted', code: 'other-address' },
    ])
    expect(run.host('wandering').message).toMatch(/came in at 198\.19\.2\.1 only.*; the old rules are back$/)
    expect(await stateOf(lab.host('wandering'))).toEqual(before)
  })

  it.concurrent('is replaced by the address at which the host saw the first connection', async () => {
    const run = await deploy('by-address', { ...proxy('follow'), ansible_host: 'localhost' })
    expect(run.host('by-address')).toMatchObject({ outcome: 'confirmed', connections: 3 })
  })

  it.concurrent(
    'is not looked up again: a name is reached at the address of the first connection',
    async () => {
      const { address, address6 } = lab.host('named')
      const found = await lab.controller(['getent', 'ahosts', 'named'])
      const first = found.stdout.split(' ')[0] ?? ''
      expect([address, address6]).toContain(first)
      const families = [first === address ? 'v6' : 'v4']
      const run = await deploy('named', { ansible_host: 'named' }, { ...OPEN, mailfw_ssh: { families } })
      expect(run.host('named')).toMatchObject({ outcome: 'reverted', code: 'locked-out' })
      expect(run.host('named').message).toContain(first)
    },
  )
})

/** Succeeds the first time, of all processes of the controller. */
const ONCE = (name: string) => `mkdir "$HOME/once-${name}" 2>/dev/null`
