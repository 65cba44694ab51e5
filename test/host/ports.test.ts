import { describe, expect, it } from 'vitest'
import { portFindings } from '../../src/host/port-findings.ts'
import { portUses } from '../../src/host/ports.ts'
import type { Family } from '../../src/model/family.ts'
import type { Service } from '../../src/model/service.ts'
import type { Listener } from '../../src/remote/listeners.ts'
import { parseRuleset } from '../../src/ruleset/parse.ts'

const BOTH: readonly Family[] = ['v4', 'v6']

const accept = (port: number | string, from = '') => `-A INPUT ${from}-p tcp -m tcp --dport ${port} -j ACCEPT`
const wanted = (...rules: readonly string[]) =>
  parseRuleset(['*filter', ':INPUT DROP [0:0]', accept(22), ...rules, 'COMMIT', ''].join('\n'))
const listener = (port: number, program: string, more: Partial<Listener> = {}): Listener => ({
  protocol: 'tcp',
  port,
  address: '::',
  families: BOTH,
  isLoopback: false,
  programs: program === '' ? [] : [program],
  ...more,
})
const SSHD = listener(22, 'sshd')
const filter: Service = {
  name: 'rspamd',
  protocol: 'tcp',
  ports: [{ from: 11_334, to: 11_334 }],
  sources: 'any',
  families: BOTH,
}
const found = (rules: ReturnType<typeof wanted>, ...listeners: readonly Listener[]) =>
  portUses({ listeners: [SSHD, ...listeners], rules: { v4: rules, v6: rules }, services: [filter] })
const told = (...input: Parameters<typeof found>) =>
  portFindings(found(...input)).map(({ code, severity, message }) => `${severity} ${code}: ${message}`)

describe('the ports of a host', () => {
  it('are told by number, both families together where they are alike', () => {
    const uses = portUses({
      listeners: [SSHD, listener(993, 'dovecot'), listener(25, 'master', { families: ['v4'] })],
      rules: {
        v4: wanted(accept(25), accept(993, '-s 192.0.2.1 '), accept(993, '-s 192.0.2.9 ')),
        v6: wanted(accept(25), accept(993, '-s 2001:db8::/32 ')),
      },
      services: [],
    })
    expect(uses).toEqual([
      { protocol: 'tcp', port: 22, families: BOTH, program: 'sshd', state: 'open', openTo: 'any' },
      {
        ...{ protocol: 'tcp', port: 25, families: ['v4'], program: 'master', service: 'smtp' },
        ...{ state: 'open', openTo: 'any' },
      },
      { protocol: 'tcp', port: 25, families: ['v6'], service: 'smtp', state: 'unused', openTo: 'any' },
      {
        ...{ protocol: 'tcp', port: 993, families: BOTH, program: 'dovecot', service: 'imaps' },
        ...{ state: 'open', openTo: 3 },
      },
    ])
  })

  it('leave out a family that is off', () => {
    const uses = portUses({ listeners: [SSHD], rules: { v4: wanted() }, services: [] })
    expect(uses).toMatchObject([{ port: 22, families: ['v4'] }])
  })
})

describe('what is found of ports', () => {
  it('is nothing where all that listens is open and the other way round', () => {
    expect(told(wanted(accept(25)), listener(25, 'master'))).toEqual([])
  })

  it('is who listens where nobody may come in, of the families where that is so', () => {
    expect(told(wanted(), listener(4190, 'dovecot'), listener(11_334, '', { families: ['v6'] }))).toEqual([
      'info port-closed: dovecot listens on 4190/tcp (IPv4 and IPv6), and the rules let nobody in',
      'info port-closed: something listens on 11334/tcp (IPv6), and the rules let nobody in',
    ])
  })

  it('is what is open for nobody who listens', () => {
    const lone = listener(3_000, 'node', { isLoopback: true })
    expect(told(wanted(accept(993), accept(11_334), accept('40000:40009'), accept(3_000)), lone)).toEqual([
      'info port-unused: the rules open 993/tcp (imaps, IPv4 and IPv6), and nobody listens there',
      'info port-unused: the rules open 3000/tcp (IPv4 and IPv6), and nobody listens there',
      'info port-unused: the rules open 11334/tcp (rspamd, IPv4 and IPv6), and nobody listens there',
      'info port-unused: the rules open 40000-40009/tcp (IPv4 and IPv6), and nobody listens there',
    ])
  })

  it('is no range where somebody listens on a port of it', () => {
    expect(told(wanted(accept('40000:40009')), listener(40_003, 'vsftpd'))).toEqual([])
  })

  it('is mail in the clear that is open to any, whether or not somebody listens', () => {
    const clear = 'passwords may go in the clear; use'
    expect(told(wanted(accept(110), accept(143)), listener(143, 'dovecot'))).toEqual([
      'info port-unused: the rules open 110/tcp (pop3, IPv4 and IPv6), and nobody listens there',
      `warning mail-in-the-clear: 110/tcp (pop3) is open to any (IPv4 and IPv6), though nobody listens there yet: ${clear} 995 (pop3s), or mailfw_services: { pop3: { from: … } }`,
      `warning mail-in-the-clear: 143/tcp (imap) is open to any (IPv4 and IPv6), and dovecot listens there: ${clear} 993 (imaps), or mailfw_services: { imap: { from: … } }`,
    ])
    expect(told(wanted(accept(143, '-s 192.0.2.0/24 ')), listener(143, 'dovecot'))).toEqual([])
  })

  it('is what Docker opens past the rules', () => {
    expect(told(wanted(), listener(8080, 'docker-proxy'))).toEqual([
      expect.stringMatching(/^warning port-past-input: docker-proxy listens on 8080\/tcp .*DOCKER-USER/),
    ])
    expect(told(wanted(accept(8080)), listener(8080, 'docker-proxy'))).toEqual([])
  })

  it('is what a dnat rule sends elsewhere, whether a program holds the port or not', () => {
    const uses = (rules: ReturnType<typeof wanted>, ...listeners: readonly Listener[]) =>
      portUses({
        listeners,
        published: [{ protocol: 'tcp', from: 8080, to: 8080, families: ['v4'] }],
        rules: { v4: rules },
        services: [],
      }).map(({ port, state }) => `${port} ${state}`)
    expect(uses(wanted())).toContain('8080 past-input')
    expect(uses(wanted(), listener(8080, 'java'))).toContain('8080 past-input')
    expect(uses(wanted(accept(8080)))).toContain('8080 open')
  })

  it('is nothing that cannot be told for sure, and no client', () => {
    const udp = { protocol: 'udp' } as const
    expect(told(wanted('-A INPUT -i eth1 -j ACCEPT'), listener(5432, 'postgres'))).toEqual([])
    expect(told(wanted(), listener(68, 'dhclient', udp), listener(45_000, 'systemd-timesyn', udp))).toEqual(
      [],
    )
    expect(told(wanted(), listener(123, 'ntpd', udp))).toHaveLength(1)
  })

  it('shows no control characters', () => {
    expect(told(wanted(), listener(80, 'a\u001b[2Jb'))[0]).toContain(String.raw`a\x1b[2Jb listens`)
  })
})
