import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { controllerAddresses } from '../lab/network.ts'
import type { HostState } from './host-state.ts'
import { stateOf, statesOf } from './host-state.ts'
import { heardBy, startMailServices } from './mail-services.ts'
import type { Run } from './mailfw.ts'
import { mailfw, SHORTEST } from './mailfw.ts'

const US = [controllerAddresses.address, controllerAddresses.address6]
const SOMEBODY = ['203.0.113.9', '2001:db8:ffff::9']
const SERVICES = {
  smtp: {},
  submission: {},
  imap: {},
  imaps: { from: US },
  http: {},
  managesieve: { from: US },
  metrics: { port: 9100 },
}
const DROPS = ['-A INPUT -p tcp -m tcp --dport 25 -j DROP']
/** The handshake comes about; what the server says then does not arrive. */
const MUTES = ['-A OUTPUT -p tcp -m tcp --sport 25 --tcp-flags PSH PSH -j DROP']
const BUSY = [
  '-A INPUT -p tcp -m tcp --dport 25 --syn -m statistic --mode nth --every 2 --packet 0 -j REJECT',
]

type Vars = Readonly<Record<string, unknown>>

interface At {
  readonly v4: string
  readonly v6: string
}

/** What is wrong with the rules of each host, and the sentence that it is told by. */
const WRONG: Readonly<Record<string, readonly [vars: Vars, sentence: (at: At) => string]>> = {
  drops: [
    { mailfw_extra_rules: { v4: DROPS, v6: DROPS } },
    ({ v4, v6 }) => `smtp (port 25 at ${v4} and ${v6}) answered before the change and does not any more`,
  ],
  rejects: [
    { mailfw_extra_rules: { v4: ['-A INPUT -p tcp -m multiport --dports 80,993 -j REJECT'] } },
    ({ v4 }) =>
      `imaps (port 993 at ${v4}) and http (port 80 at ${v4}) answered before the change and do not any more`,
  ],
  'drops-v6': [
    { mailfw_extra_rules: { v6: DROPS } },
    ({ v6 }) => `smtp (port 25 at ${v6}) answered before the change and does not any more`,
  ],
  mutes: [
    { mailfw_extra_rules: { v4: MUTES } },
    ({ v4 }) => `smtp (port 25 at ${v4}) greeted before the change and only takes connections now`,
  ],
  behind: [
    { mailfw_extra_rules: { v4: DROPS }, ansible_ssh_common_args: '-J root@jump' },
    ({ v4 }) => `smtp (port 25 at ${v4}) answered before the change and does not any more`,
  ],
}
const CONFIRMED: Readonly<Record<string, Vars>> = {
  jump: {},
  polite: {
    mailfw_services: { ...SERVICES, pop3: { from: SOMEBODY }, imap: { limit: { rate: '1/hour', burst: 9 } } },
  },
  busy: { mailfw_extra_rules: { v4: BUSY } },
  off: { mailfw_extra_rules: { v4: DROPS }, mailfw_probes: false },
  others: { mailfw_extra_rules: { v4: DROPS }, mailfw_probes: { services: ['imaps', 'submission'] } },
  'handshake-only': { mailfw_extra_rules: { v4: MUTES }, mailfw_probes: { banner: false } },
  'by-command': {
    mailfw_extra_rules: { v4: DROPS },
    ansible_ssh_common_args: '-o ProxyCommand="ssh -W %h:%p root@jump"',
  },
}
const names = [...Object.keys(CONFIRMED), ...Object.keys(WRONG)]
const WITHOUT = ['idle']

describeLab('services that are tried before a change and after it', () => {
  let lab: Lab
  let before: ReadonlyMap<string, HostState>
  let run: Run
  beforeAll(async () => {
    lab = await createLab([...names, ...WITHOUT].map((name) => ({ name })))
    await Promise.all(names.map((name) => startMailServices(lab.host(name))))
    before = await statesOf(lab)
    const wrong = Object.entries(WRONG).map(([name, [vars]]) => [name, vars] as const)
    const hosts = { ...CONFIRMED, ...Object.fromEntries(wrong) }
    run = await deploy({ hosts })
  })
  afterAll(() => lab.close())

  async function deploy(
    {
      services = SERVICES,
      hosts = {},
    }: { readonly services?: Vars; readonly hosts?: Readonly<Record<string, Vars>> },
    ...flags: readonly string[]
  ): Promise<Run> {
    const all = { mailfw_services: services, mailfw_confirm_seconds: SHORTEST }
    return mailfw(lab, 'deploy', await lab.inventory({ all, hosts }), ...flags)
  }

  it.each(Object.keys(WRONG))('bring the old rules back where one stopped answering: %s', async (name) => {
    const { outcome, code, message } = run.host(name)
    const { address: v4, address6: v6 } = lab.host(name)
    expect([outcome, code]).toEqual(['reverted', 'probe-failed'])
    expect(message).toBe(`${WRONG[name]?.[1]({ v4, v6 }) ?? ''}; the old rules are back`)
    expect(await lab.host(name).succeed('cat /run/mailfw/attempt/log')).not.toContain('until the deadline')
    expect(await stateOf(lab.host(name))).toEqual(before.get(name))
  })

  it.each(Object.keys(CONFIRMED))('hold up no change that closes none of them: %s', (name) => {
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed', code: 'deployed', connections: 2 })
  })

  it('are greeted and left in the words of their protocols, twice in each family, where we may use them', async () => {
    const said = await heardBy(lab.host('polite'))
    const times = (line: string) => said.filter((each) => each === line).length
    expect([...new Set(said)].sort()).toEqual(
      [
        ...['25 open', '25 QUIT', '587 open', '587 QUIT', '80 open', '80 HEAD / HTTP/1.0'],
        ...['993 open', '993 a LOGOUT', '4190 open', '4190 LOGOUT', '9100 open'],
      ].sort(),
    )
    expect(['25 open', '25 QUIT', '993 a LOGOUT', '4190 LOGOUT', '9100 open'].map(times)).toEqual([
      4, 4, 4, 4, 4,
    ])
  })

  it('are left alone by name, and on hosts that are as wanted', async () => {
    const said = await heardBy(lab.host('others'))
    expect([...new Set(said)].sort()).toEqual(['587 QUIT', '587 open', '993 a LOGOUT', '993 open'])
    await Promise.all(['jump', 'polite'].map((name) => heardBy(lab.host(name))))
    const again = await deploy({ hosts: CONFIRMED }, '--limit', 'jump,polite')
    expect(again.summary).toEqual({ unchanged: 2 })
    expect(await heardBy(lab.host('jump'))).toEqual([])
    expect(await heardBy(lab.host('polite'))).toEqual([])
  })

  it('are not knocked at where the old rules let nobody in, and hold up nobody where nobody listens', async () => {
    const host = lab.host('idle')
    await deploy({ services: { smtp: {} } }, '--limit', 'idle')
    // In a table that is not ours, before any rule of ours
    await host.succeed(
      'for port in 25 587; do iptables -t raw -A PREROUTING -p tcp --dport $port --syn; done',
    )
    const opened = await deploy({}, '--limit', 'idle')
    expect(opened.host('idle')).toMatchObject({ outcome: 'confirmed' })
    const counts = await host.succeed("iptables -t raw -vnxL PREROUTING | awk '/dpt:/ { print $1 }'")
    expect(counts).toBe('1\n0\n')
  })

  it('may be closed by going back to rules that closed them', async () => {
    await deploy({ services: { imaps: {} } }, '--limit', 'jump')
    await deploy({}, '--limit', 'jump')
    await heardBy(lab.host('jump'))
    const inventory = await lab.inventory({ all: { mailfw_services: SERVICES } })
    const back = await mailfw(lab, 'rollback', inventory, '--limit', 'jump')
    expect(back.host('jump')).toMatchObject({ outcome: 'confirmed', code: 'rolled-back' })
    const said = await heardBy(lab.host('jump'))
    expect([...new Set(said)].sort()).toEqual(['993 a LOGOUT', '993 open'])
  })
})
