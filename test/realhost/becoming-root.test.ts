import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Run } from '../e2e/mailfw.ts'
import { mailfw, OPEN } from '../e2e/mailfw.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { describeReal } from './describe-real.ts'

const EXPIRED = 'chage -d 0 admin\n'
const asSudoRs = 'ln -sf sudo-rs /usr/bin/sudo\n'
const allows = (line: string) => `echo '${line}' >/etc/doas.conf\n`

/** Names of hosts that have the release's own programs; those of `rs` need sudo-rs, which Debian has from 13 on. */
const SPECS: Readonly<Record<string, Omit<HostSpec, 'name'>>> = {
  sudo: { user: 'sudo' },
  'sudo-password': { user: 'sudo-password' },
  'sudo-terminal': { user: 'sudo', setup: 'sed -i "1i Defaults requiretty" /etc/sudoers' },
  'sudo-expired': { user: 'sudo-password', setup: EXPIRED },
  doas: { user: 'plain', setup: allows('permit nopass admin as root cmd sh') },
  'doas-password': { user: 'plain', setup: allows('permit admin') },
  'doas-refused': { user: 'plain', setup: allows('permit nopass root') },
  'rs-sudo': { user: 'sudo', setup: asSudoRs },
  'rs-password': { user: 'sudo-password', setup: asSudoRs },
  'rs-wrong': { user: 'sudo-password', setup: asSudoRs },
  'rs-unasked': { user: 'sudo-password', setup: asSudoRs },
  'rs-refused': { user: 'plain', setup: asSudoRs },
  'rs-expired': { user: 'sudo', setup: asSudoRs + EXPIRED },
}

const REFUSED: Readonly<Record<string, RegExp>> = {
  'sudo-terminal': /^sudo wants a terminal.*; a line for sudoers: Defaults:admin !requiretty;/,
  'sudo-expired': /^the password of admin has expired, and sudo wants a new one:/,
  'doas-password':
    /^doas .* takes that at a terminal only; it said: doas: Authentication required; .*permit nopass admin as root cmd sh;/,
  'doas-refused': /^doas does not let this user become root; it said: doas: Operation not permitted;/,
  'rs-wrong': /^sudo did not accept the password;/,
  'rs-unasked': /^sudo does not let this user become root without a password \(give it with -K\);/,
  'rs-refused': /^sudo does not let this user become root; it said: sudo.*: I'm sorry admin\./,
  'rs-expired': /^the password of admin has expired, and sudo wants a new one:/,
}

describeReal('becoming root', (image) => {
  const has = (name: string) => !name.startsWith('rs-') || existsSync(`${image}/usr/bin/sudo-rs`)
  const names = Object.keys(SPECS).filter(has)
  let lab: Lab
  let run: Run
  beforeAll(async () => {
    lab = await createLab(names.map((name) => ({ name, root: image, ...SPECS[name] })))
    const right = { ansible_become: true, ansible_become_password: lab.password }
    const doas = { ansible_become: true, ansible_become_method: 'doas' }
    const hosts = {
      'sudo-password': right,
      'sudo-expired': right,
      doas,
      'doas-password': doas,
      'doas-refused': doas,
      'rs-password': right,
      'rs-wrong': { ...right, ansible_become_password: 'a-wrong-password' },
      'rs-refused': right,
      'rs-expired': { ...right },
    }
    run = await mailfw(lab, 'deploy', await lab.inventory({ all: OPEN, hosts }))
  })
  afterAll(() => lab.close())

  it.each(names.filter((name) => !(name in REFUSED)))('lets mailfw deploy: %s', (name) => {
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed' })
  })

  it.each(names.filter((name) => name in REFUSED))('is refused by what was met: %s', (name) => {
    expect(run.host(name).outcome).toBe('failed')
    expect(run.host(name).message).toMatch(REFUSED[name] ?? '')
  })
})
