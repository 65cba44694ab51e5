import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PortUse } from '../../src/model/outcome.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { listenOn } from '../lab/listen-on.ts'
import { mailfw, MAILFW, SHORTEST } from './mailfw.ts'
import type { Visits } from './visits.ts'
import { COUNTED, forgetVisits, visitsOf } from './visits.ts'

const SERVICES = {
  smtp: {},
  imap: {},
  imaps: { from: ['192.0.2.0/24', '2001:db8:1::/48'] },
  submission: {},
  dns: { port: 53, protocol: 'udp' },
}

describeLab('check --ports', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([
      { name: 'served', ...COUNTED },
      { name: 'alike' },
      { name: 'no-ss', without: ['ss'] },
      { name: 'no-v6', ipv6: false },
      { name: 'held' },
      { name: 'refused' },
    ])
    inventory = await lab.inventory({
      all: { mailfw_services: SERVICES, mailfw_confirm_seconds: SHORTEST },
      hosts: { refused: { mailfw_extra_rules: { v4: ['-A INPUT -m no_such_match -j ACCEPT'] } } },
    })
    await mailfw(lab, 'deploy', inventory, '--limit', 'all:!refused')
    await mailfw(lab, 'deploy', inventory, '--limit', 'held', '-e', 'mailfw_ping=false')
    await mailfw(lab, 'rollback', inventory, '--limit', 'held')
    for (const name of ['served', 'alike'])
      await listenOn(lab.host(name), [
        { port: 25, address: '::' },
        { port: 143, address: '0.0.0.0' },
        { port: 993, address: '::' },
        { port: 587, address: '127.0.0.1' },
        { port: 4190, address: '::', only: 'v6' },
        { port: 53, address: '0.0.0.0', protocol: 'udp' },
      ])
  })
  afterAll(() => lab.close())

  const check = (limit: string, ...flags: readonly string[]) =>
    mailfw(lab, 'check', inventory, '--limit', limit, ...flags)

  it('tells who listens beside what the rules open', async () => {
    const { ports = [] } = (await check('served', '--ports')).host('served')
    expect(ports.map(line)).toEqual([
      '22/tcp ssh sshd v4+v6 open any',
      '25/tcp smtp node v4+v6 open any',
      '53/udp dns node v4 open any',
      '53/udp dns - v6 unused any',
      '143/tcp imap node v4 open any',
      '143/tcp imap - v6 unused any',
      '587/tcp submission - v4+v6 unused any',
      '993/tcp imaps node v4+v6 open 2',
      '4190/tcp managesieve node v6 closed -',
    ])
  })

  it('finds what does not fit, and the host is unchanged all the same', async () => {
    const run = await check('served', '--ports')
    expect([run.code, run.summary]).toEqual([0, { unchanged: 1 }])
    const told = run
      .host('served')
      .findings.map(({ code, message }) => `${code}: ${message.replace(/(IPv\d\)).*/, '$1')}`)
    expect(told).toEqual([
      'port-unused: the rules open 53/udp (dns, IPv6)',
      'mail-in-the-clear: 143/tcp (imap) is open to any (IPv4 and IPv6)',
      'port-unused: the rules open 143/tcp (imap, IPv6)',
      'port-unused: the rules open 587/tcp (submission, IPv4 and IPv6)',
      'port-closed: node listens on 4190/tcp (IPv6)',
    ])
    expect((await check('served', '--ports', '--strict')).code).toBe(3)
  })

  it('asks once more over the same connection, and without it nothing', async () => {
    const counted = async (...flags: readonly string[]): Promise<Visits> => {
      await forgetVisits(lab.host('served'))
      await check('served', ...flags)
      return visitsOf(lab.host('served'))
    }
    expect(await counted('--ports')).toEqual({ sessions: 1, calls: 2 })
    expect(await counted()).toEqual({ sessions: 1, calls: 1 })
    expect((await check('served')).host('served')).not.toHaveProperty('ports')
  })

  it('shows one table for hosts that are alike, which fits on a terminal', async () => {
    const words = [...MAILFW, 'check', inventory, '--ports', '--limit', 'served,alike']
    const { stdout } = await lab.controller(words)
    const [table = ''] = stdout.split('\n\n')
    expect(table.split('\n')).toEqual([
      '2 hosts: served, alike',
      '  port      service      program  listens on  open to',
      '  22/tcp    ssh          sshd     IPv4, IPv6  any',
      '  25/tcp    smtp         node     IPv4, IPv6  any',
      '  53/udp    dns          node     IPv4        any',
      '  53/udp    dns                   nobody      any (IPv6)',
      '  143/tcp   imap         node     IPv4        any',
      '  143/tcp   imap                  nobody      any (IPv6)',
      '  587/tcp   submission            nobody      any',
      '  993/tcp   imaps        node     IPv4, IPv6  2 networks',
      '  4190/tcp  managesieve  node     IPv6        nobody',
    ])
  })

  it('says what to install where there is no ss', async () => {
    const run = await check('no-ss', '--ports')
    expect([run.code, run.summary]).toEqual([0, { unchanged: 1 }])
    const [{ code, message } = { code: '', message: '' }] = run.host('no-ss').findings
    expect(code).toBe('ports-unknown')
    expect(message).toContain('ss is not on the host; install iproute2')
  })

  it('says nothing of a family that is off', async () => {
    const { ports = [] } = (await check('no-v6', '--ports')).host('no-v6')
    expect(new Set(ports.flatMap(({ families }) => families))).toEqual(new Set(['v4']))
  })

  it('looks also where a host is held, or refuses the rules', async () => {
    const run = await check('held,refused', '--ports')
    expect(run.summary).toEqual({ held: 1, failed: 1 })
    for (const name of ['held', 'refused']) {
      const { ports, findings } = run.host(name)
      expect(ports).toContainEqual(expect.objectContaining({ port: 22, state: 'open' }))
      expect(findings.map(({ code }) => code)).toContain('port-unused')
    }
  })

  it('is for check alone', async () => {
    const { code, stderr } = await lab.controller([...MAILFW, 'deploy', inventory, '--check', '--ports'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('ports')])
  })
})

function line({ port, protocol, service, program, families, state, openTo }: PortUse): string {
  const name = program ?? '-'
  return `${port}/${protocol} ${service ?? '-'} ${name} ${families.join('+')} ${state} ${openTo ?? '-'}`
}
