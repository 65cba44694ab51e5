import { afterAll, beforeAll, expect, it } from 'vitest'
import { mailfw, SHORTEST } from '../e2e/mailfw.ts'
import type { Lab } from '../lab/lab.ts'
import { describeReal } from './describe-real.ts'
import { createRealLab } from './real-lab.ts'

describeReal('check --ports of a real host', (image) => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createRealLab(image, [{ name: 'mx1' }])
    const services = { smtp: {}, imap: {}, managesieve: {} }
    inventory = await lab.inventory({
      all: { mailfw_confirm_seconds: SHORTEST },
      hosts: { mx1: { mailfw_services: services } },
    })
  })
  afterAll(() => lab.close())

  it('knows Postfix and Dovecot by their own programs', async () => {
    const run = await mailfw(lab, 'check', inventory, '--ports')
    const { ports = [], findings } = run.host('mx1')
    const told = ports.map(({ port, program = '-', families, state }) =>
      [port, program, families.join('+'), state].join(' '),
    )
    expect(told).toEqual(
      expect.arrayContaining([
        '22 sshd v4+v6 open',
        '25 master v4+v6 open',
        '143 dovecot v4+v6 open',
        '993 dovecot v4+v6 closed',
        '4190 - v4+v6 unused',
      ]),
    )
    const messages = findings.map(({ code, message }) => `${code}: ${message}`)
    expect(messages).toEqual(
      expect.arrayContaining([
        'port-closed: dovecot listens on 993/tcp (IPv4 and IPv6), and the rules let nobody in',
        'port-unused: the rules open 4190/tcp (managesieve, IPv4 and IPv6), and nobody listens there',
        expect.stringMatching(
          /^mail-in-the-clear: 143\/tcp \(imap\) is open to any .*, and dovecot listens there/,
        ),
      ]),
    )
  })
})
