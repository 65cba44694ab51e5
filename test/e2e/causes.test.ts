import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Difference } from '../../src/model/outcome.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { mailfw, MAILFW, OPEN } from './mailfw.ts'

const BY_HAND = 'iptables -I INPUT -p tcp --dport 3306 -j ACCEPT'
const ADDED = '- -A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT'
const NEW = '+ -A INPUT -p tcp -m tcp --dport 4190 -m comment --comment managesieve -j ACCEPT'
const ANEW = '+ -A INPUT -p tcp -m tcp --dport 2000 -j ACCEPT'

/** The receipt tells of an older mailfw, and a template renders what that did not. */
const OLDER_VERSION = 'sed -i s/^version=.*/version=0.9.0/ /var/lib/mailfw/generations/1/receipt'

const hosts = ['by-hand', 'inventory', 'both', 'version', 'never', 'legacy', 'gone'] as const

describeLab('a difference', () => {
  let lab: Lab
  let check: Run
  let text: string
  beforeAll(async () => {
    lab = await createLab(hosts.map((name) => ({ name, ...(name === 'legacy' && { backend: 'legacy' }) })))
    const templates = `${lab.home}/templates`
    await lab.controller(['mkdir', '-p', `${templates}/partials`])
    const all = { ...OPEN, mailfw_templates: templates }
    await mailfw(lab, 'deploy', await lab.inventory({ all }), '--limit', 'all:!never')
    for (const name of ['by-hand', 'both', 'legacy']) await lab.host(name).succeed(BY_HAND)
    await lab.host('gone').succeed('rm /etc/iptables/rules.v6')
    await lab.host('version').succeed(OLDER_VERSION)
    const more = { mailfw_services: { smtp: {}, imaps: {}, managesieve: {} } }
    const inventory = await lab.inventory({
      all,
      hosts: { inventory: more, both: more, legacy: more },
    })
    check = await mailfw(lab, 'check', inventory, '--limit', 'all:!version')
    text = (await lab.controller([...MAILFW, 'check', inventory, '--limit', 'all:!version:!never'])).stdout
  })
  afterAll(() => lab.close())

  const told = (run: Run, host: string, where: Difference['in']) =>
    run
      .host(host)
      .families.v4?.differences?.flatMap(({ in: place, line, cause }) =>
        place === where ? [`${cause} ${line}`] : [],
      )

  it('is of the host where somebody changed it by hand', () => {
    expect(told(check, 'by-hand', 'live')).toEqual([`host ${ADDED}`])
    expect(told(check, 'by-hand', 'saved')).toEqual([])
    expect(check.host('by-hand').message).toBe(
      'live IPv4 rules differ: changed on the host; nothing was changed',
    )
  })

  it('is of the inventory where that says something else since', () => {
    expect(told(check, 'inventory', 'live')).toEqual([`inventory ${NEW}`])
    expect(told(check, 'inventory', 'saved')).toEqual([`inventory ${NEW}`])
    expect(check.host('inventory').message).toBe(
      'live IPv4, saved IPv4, live IPv6 and saved IPv6 rules differ: changed in the inventory; nothing was changed',
    )
  })

  it.each(['both', 'legacy'])('is told line by line where both changed: %s', (host) => {
    expect(told(check, host, 'live')).toEqual([`host ${ADDED}`, `inventory ${NEW}`])
    expect(told(check, host, 'saved')).toEqual([`inventory ${NEW}`])
    expect(check.host(host).message).toMatch(
      /^live IPv4 rules differ: changed on the host and in the inventory; /,
    )
  })

  it('is of the host where a saved file is gone', () => {
    const { families, message } = check.host('gone')
    expect(families.v6?.saved).toBe('absent')
    expect(new Set(families.v6?.differences?.map(({ cause }) => cause))).toEqual(new Set(['host']))
    expect(message).toBe('no IPv6 rules are saved: changed on the host; nothing was changed')
  })

  it('is of the inventory where nothing was ever deployed, which the sentence does not tell', () => {
    const { families, message } = check.host('never')
    expect(new Set(families.v4?.differences?.map(({ cause }) => cause))).toEqual(new Set(['inventory']))
    expect(message).toMatch(/rules are saved; a deploy keeps what is there now as generation 0; /)
  })

  it('stands in the text of every check with its cause, also where nobody asked for differences', () => {
    expect(text).toContain(
      `by-hand\n  IPv4 live: somebody changed it on the host\n    *filter\n    ${ADDED}\n`,
    )
    expect(text).toContain(
      `inventory\n  IPv4 live and saved: the inventory changed since generation 1\n    *filter live and in /etc/iptables/rules.v4\n    ${NEW}\n`,
    )
    expect(text).toContain(`    host       ${ADDED}\n    inventory  ${NEW}\n`)
    expect(text).toContain('2 hosts: both, legacy\n')
  })

  it('is of mailfw where another version renders other rules for the same settings', async () => {
    const templates = `${lab.home}/templates/partials`
    const write = `printf '%s\\n' '-A INPUT -p tcp --dport 2000 -j ACCEPT' >${templates}/log.hbs`
    await lab.controller(['sh', '-c', write])
    const all = { ...OPEN, mailfw_templates: `${lab.home}/templates` }
    const inventory = await lab.inventory({ all })
    const run = await mailfw(lab, 'check', inventory, '--limit', 'version,gone')
    expect(told(run, 'version', 'live')).toEqual([`mailfw-version ${ANEW}`])
    expect(told(run, 'version', 'saved')).toEqual([`mailfw-version ${ANEW}`])
    expect(run.host('version').message).toMatch(/rules differ: changed by this version of mailfw; /)
    // The same version: only templates of one's own can have changed.
    expect(told(run, 'gone', 'live')).toEqual([`inventory ${ANEW}`])
  })
})
