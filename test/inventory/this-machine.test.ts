import { describe, expect, it } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { hostWith, load, loadHost, LOGIN, problemsOf, written } from './inventories.ts'

const LOCAL = ['mailfw_services: { smtp: {} }', 'ansible_connection: local']
const LEFT_OUT = [{ name: 'mx1', why: 'local' }]

describe('the machine that mailfw runs on', () => {
  it('is a host with mailfw_local: true at the host itself', async () => {
    const { login, settings } = await loadHost(hostWith(...LOCAL, 'mailfw_local: true', 'ansible_port: 2022'))
    expect(login).toEqual({ local: true, port: 2022, sshArguments: [], become: false, connectSeconds: 10 })
    expect(settings.ssh.ports).toEqual([{ from: 2022, to: 2022 }])
  })

  it('is one too if host_vars say so', async () => {
    const file = written({
      'inventory.yaml': hostWith(...LOCAL),
      'host_vars/mx1.yml': 'mailfw_local: yes\n',
    })
    const { hosts } = await loadInventory(file, { login: LOGIN })
    expect(hosts.map(({ login }) => login.local)).toEqual([true])
  })

  it.each([
    ['the vars of all', 'all: { vars: { mailfw_local: true } }\n'],
    ['its group', 'mail: { vars: { mailfw_local: true }, hosts: { mx1: LOCAL } }\n'],
  ])('is left out if only %s say so', async (_where, text) => {
    const host = `{ ${LOCAL.join(', ')} }`
    const all = text.includes('LOCAL')
      ? text.replace('LOCAL', host)
      : `${text}mail: { hosts: { mx1: ${host} } }\n`
    const { hosts, leftOut } = await load(all)
    expect([hosts, leftOut]).toEqual([[], LEFT_OUT])
  })

  it('is left out if only -e or group_vars say so', async () => {
    const file = written({
      'inventory.yaml': hostWith(...LOCAL),
      'group_vars/mail.yml': 'mailfw_local: true\n',
    })
    const { leftOut } = await loadInventory(file, { login: LOGIN, extraVars: ['mailfw_local=true'] })
    expect(leftOut).toEqual(LEFT_OUT)
  })

  it.each(['mailfw_local: false', ''])('is left out with %j', async (line) => {
    const { leftOut } = await load(hostWith(...LOCAL, line))
    expect(leftOut).toEqual(LEFT_OUT)
  })

  it('is left out if -e takes its word back', async () => {
    const { leftOut } = await load(hostWith(...LOCAL, 'mailfw_local: true'), {
      extraVars: ['mailfw_local=no'],
    })
    expect(leftOut).toEqual(LEFT_OUT)
  })

  it('is logged in to over ssh if its connection says that', async () => {
    const lines = ['mailfw_services: {}', 'mailfw_local: true', 'ansible_host: 192.0.2.1']
    expect((await loadHost(hostWith(...lines))).login).toMatchObject({ address: '192.0.2.1' })
    const { login } = await loadHost(hostWith(...LOCAL, 'mailfw_local: true'), {
      extraVars: ['ansible_connection=ssh'],
    })
    expect(login.local).toBeUndefined()
  })

  it('becomes root by sudo, and needs no password of a login', async () => {
    const lines = [...LOCAL, 'mailfw_local: true', 'ansible_become: true', 'ansible_become_password: secret']
    const { login } = await loadHost(hostWith(...lines, 'ansible_password: "{{ vault }}"'))
    expect(login).toMatchObject({ local: true, become: true })
    expect(login.becomePassword?.reveal()).toBe('secret')
  })

  it('is one host', async () => {
    const host = `{ ${[...LOCAL, 'mailfw_local: true'].join(', ')} }`
    const problems = await problemsOf(load(`mail:\n  hosts:\n    mx1: ${host}\n    mx2: ${host}\n`))
    expect(problems).toEqual([
      'inventory.yaml:4:5 mail.hosts.mx2: expected mailfw_local: true at one host, got it at "mx2" and "mx1": both would be this machine',
    ])
  })

  it.each([
    ['mailfw_local: maybe', 'mailfw_local: expected true or false, got "maybe"'],
    [
      'mailfw_locall: true',
      'mailfw_locall: expected a variable of mailfw, got "mailfw_locall"; did you mean "mailfw_local"?',
    ],
  ])('refuses %s', async (line, message) => {
    const problems = await problemsOf(load(hostWith(...LOCAL, line)))
    expect(problems).toEqual([`inventory.yaml:6:7 mail.hosts.mx1.${message}`])
  })
})
