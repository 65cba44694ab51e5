import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { MAILFW, mailfw, OPEN } from './mailfw.ts'

const CANARY = '/var/tmp/mailfw-canary'
/** Each is a command for a shell that takes the text for more than text. */
const COMMANDS = [
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `;touch ${CANARY};`,
  `|touch ${CANARY}`,
  `'; touch ${CANARY}; '`,
  `"; touch ${CANARY}; "`,
  `x/ { system("touch ${CANARY}") } /`,
  `[^[\\]{}()+|.$^?`,
]
const SETTINGS = {
  mailfw_preserve: {
    chains: COMMANDS,
    sets: COMMANDS,
    lists: COMMANDS,
    interfaces: COMMANDS,
    comments: COMMANDS,
  },
  mailfw_templates: 'templates',
  notes: COMMANDS,
}
/** What reaches ssh, its configuration's commands or sudo: refused before anything is contacted. */
const REFUSED: readonly (readonly [variable: string, text: string])[] = [
  ...COMMANDS.flatMap((text) => [['ansible_user', text] as const, ['ansible_host', text] as const]),
  ['ansible_user', `x$(touch\${IFS}${CANARY})`],
  ['ansible_user', `-oProxyCommand=touch ${CANARY}`],
  ['ansible_host', `-oProxyCommand=touch\${IFS}${CANARY}`],
  ['ansible_ssh_common_args', `HOST touch ${CANARY}`],
  ['ansible_ssh_common_args', `-v -p 22 -- HOST touch ${CANARY}`],
  ['ansible_become_password', `PASSWORD\ntouch ${CANARY}`],
]

describeLab('a text of the inventory that is a command', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab([{ name: 'dash' }, { name: 'busybox', shell: 'busybox', user: 'sudo-password' }])
    const config =
      'mkdir templates; cat >templates/rules.v4.hbs; printf "Host *\\n  ProxyCommand nc %%h %%p # %%r %%n\\n" >.ssh/config'
    await lab.controller(['sh', '-c', config], { input: TEMPLATE })
  })
  afterAll(() => lab.close())

  const expectNoCanary = async () => {
    for (const host of lab.hosts.values()) expect((await host.run(`test -e ${CANARY}`)).code).toBe(1)
    expect((await lab.controller(['test', '-e', CANARY])).code).toBe(1)
  }

  it('is text on the way to a host and on it, where it may be one', async () => {
    const run = await mailfw(
      lab,
      'deploy',
      await lab.inventory({
        all: { ...OPEN, ...SETTINGS },
        hosts: { busybox: { ansible_become_password: lab.password } },
      }),
    )
    for (const name of lab.hosts.keys()) expect(run.host(name)).toMatchObject({ outcome: 'confirmed' })
    const saved = await lab.host('dash').succeed('cat /etc/iptables/rules.v4')
    expect(saved).toContain('--comment "\\"; touch')
    await expectNoCanary()
  })

  it.each(REFUSED)('is refused where it may be none: %s: %j', async (variable, text) => {
    const host = lab.host('busybox')
    const value = text.replace('HOST', host.address).replace('PASSWORD', lab.password)
    const inventory = await lab.inventory({ all: OPEN, hosts: { busybox: { [variable]: value } } })
    const { code, stderr } = await lab.controller([...MAILFW, 'check', inventory])
    expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`${variable}: expected `)) as string])
    await expectNoCanary()
  })
})

const TEMPLATE = `*filter
:INPUT DROP [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
{{#each vars.notes}}
-A INPUT -s 192.0.2.1 {{comment this}} -j DROP
{{/each}}
COMMIT
`
