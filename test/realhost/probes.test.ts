import { afterAll, beforeAll, expect, it } from 'vitest'
import { stateOf } from '../e2e/host-state.ts'
import { mailfw, SHORTEST } from '../e2e/mailfw.ts'
import type { Lab } from '../lab/lab.ts'
import { describeReal } from './describe-real.ts'
import { createRealLab } from './real-lab.ts'

const SERVICES = { smtp: {}, imap: {}, imaps: {} }
const REFUSES = ['-A INPUT -p tcp -m multiport --dports 25,993 -j REJECT']

const GOOD_MANNERS = [
  /^connect from /,
  /^disconnect from \S+ quit=1 commands=1$/,
  /^imap-login: Disconnected: Aborted login by logging out /,
]

describeReal('Postfix and Dovecot that are tried before a change and after it', (image) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createRealLab(image, [{ name: 'mail1' }])
  })
  afterAll(() => lab.close())

  const deploy = async (vars: Readonly<Record<string, unknown>>) => {
    const all = { mailfw_services: SERVICES, mailfw_confirm_seconds: SHORTEST, ...vars }
    return mailfw(lab, 'deploy', await lab.inventory({ all }))
  }

  it('have their rules back where the new ones refuse their clients', async () => {
    const host = lab.host('mail1')
    const before = await stateOf(host)
    const run = await deploy({ mailfw_extra_rules: { v4: REFUSES, v6: REFUSES } })
    expect(run.host('mail1')).toMatchObject({
      code: 'probe-failed',
      message: `smtp (port 25 at ${host.address} and ${host.address6}) and imaps (port 993 at ${host.address} and ${host.address6}) answered before the change and do not any more; the old rules are back`,
    })
    expect(await stateOf(host)).toEqual(before)
  })

  it('see a guest who comes and goes in good manners', async () => {
    const run = await deploy({})
    expect(run.host('mail1')).toMatchObject({ outcome: 'confirmed' })
    const host = lab.host('mail1')
    const log = await host.succeed('journalctl --no-pager -o cat -t postfix/smtpd -t dovecot')
    const guest = log.split('\n').filter((line) => /198\.18\.255\.1|2001:db8::ffff/.test(line))
    expect(guest.filter((line) => GOOD_MANNERS.some((good) => good.test(line)))).toEqual(guest)
    expect(guest.length).toBeGreaterThanOrEqual(12)
    for (const filter of ['postfix', 'dovecot'])
      expect(await host.succeed(`fail2ban-regex systemd-journal ${filter}`)).toMatch(/^Lines: .* 0 matched,/m)
  })
})
