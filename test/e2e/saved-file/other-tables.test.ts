import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../../lab/describe-lab.ts'
import type { LabHost } from '../../lab/host.ts'
import type { Lab } from '../../lab/lab.ts'
import { createLab } from '../../lab/lab.ts'
import type { Run } from '../mailfw.ts'
import { mailfw, OPEN, render, TAKES_RULES } from '../mailfw.ts'

const NAT = `# NAT of the office, by hand
*nat
:PREROUTING ACCEPT [3:180]
:OFFICE - [0:0]

[1:60] -A POSTROUTING -s 10.9.0.0/24 -o eth9   -j MASQUERADE
-A PREROUTING -i eth9 -j OFFICE
COMMIT
`
const MANGLE = `*mangle
-A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
COMMIT
# the end`
const FILTER = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 2222 -j ACCEPT\nCOMMIT\n'
const MORE = { ...OPEN, mailfw_services: { ...OPEN.mailfw_services, pop3s: {} } }

describeLab('sections of other tables in a saved file', () => {
  let lab: Lab
  let inventory: string
  let rules: string
  beforeAll(async () => {
    const between = { v4: `${NAT}\n# packet filter\n${FILTER}\n${MANGLE}` }
    lab = await createLab([
      { name: 'nft', saved: between },
      { name: 'legacy', backend: 'legacy', saved: between },
      { name: 'legacy-no-newline', backend: 'legacy', saved: { v4: `${FILTER}${NAT.trimEnd()}` } },
      { name: 'twice', saved: { v4: `${FILTER}${NAT}${NAT}${FILTER}` } },
      { name: 'latin', saved: { v4: FILTER } },
      {
        name: 'no-set',
        saved: { v4: `${FILTER}*raw\n-A PREROUTING -m set --match-set gone src -j DROP\nCOMMIT\n` },
      },
      {
        name: 'boot-set',
        saved: { v4: `${FILTER}*raw\n-A PREROUTING -m set --match-set made src -j DROP\nCOMMIT\n` },
      },
      { name: 'no-commit', saved: { v4: `${FILTER.replace('COMMIT\n', '')}${NAT}` } },
      { name: 'crlf', saved: { v4: `${FILTER}${NAT}`.replaceAll('\n', '\r\n') } },
      { name: 'crlf-filter', saved: { v4: FILTER.replaceAll('\n', '\r\n') } },
      { name: 'live-only', saved: { v4: FILTER } },
      { name: 'no-ipv6', ipv6: false, saved: { v4: `${NAT}${FILTER}` } },
    ])
    inventory = await lab.inventory({ all: OPEN })
    rules = await render(lab, inventory)
    await lab
      .host('latin')
      .succeed(
        `printf '*nat\\n# f\\374r B\\374ro\\n-A POSTROUTING -o eth9 -j MASQUERADE\\nCOMMIT\\n' >>/etc/iptables/rules.v4`,
      )
    await lab
      .host('boot-set')
      .succeed('printf "create made hash:ip family inet\\nadd made 192.0.2.9\\n" >/etc/iptables/ipsets')
  }, 120_000)
  afterAll(() => lab.close())

  const on = (name: string, verb: 'check' | 'deploy' | 'enforce' | 'rollback', ...words: string[]) =>
    mailfw(lab, verb, inventory, '--limit', name, ...words, ...(verb === 'deploy' ? TAKES_RULES : []))
  const ending = (run: Run, name: string) => [run.host(name).outcome, run.host(name).code]
  const saved = (host: LabHost) => host.succeed('cat /etc/iptables/rules.v4')
  const ours = async (name: string) => (await lab.controller(['cat', `${rules}/${name}/rules.v4`])).stdout

  it.concurrent.each(['nft', 'legacy'])(
    'stay in it byte for byte on %s, behind ours, whatever is done',
    async (name) => {
      const host = lab.host(name)
      await host.succeed('iptables-restore </etc/iptables/rules.v4')
      const nat = await host.succeed('iptables-save -t nat | grep ^-A')
      expect(ending(await on(name, 'deploy'), name)).toEqual(['confirmed', 'deployed'])
      const carried = `${NAT}${MANGLE}`
      const tail = async () => (await saved(host)).replace(await ours(name), '')
      expect(await tail()).toContain(NAT)
      expect(await tail()).toContain(MANGLE)
      expect((await saved(host)).startsWith(await ours(name))).toBe(true)
      expect((await tail()).replace(/\n\n/g, '\n')).toHaveLength(`${carried}\n`.replace(/\n\n/g, '\n').length)
      const first = await saved(host)
      expect(ending(await on(name, 'check'), name)).toEqual(['unchanged', 'as-wanted'])
      expect((await on(name, 'check', '--strict')).host(name).findings).toEqual([])

      const more = await lab.inventory({ all: MORE }, `more-${name}.yaml`)
      expect((await mailfw(lab, 'deploy', more, '--limit', name)).code).toBe(0)
      expect(await tail()).toContain(NAT)
      expect(ending(await on(name, 'rollback', '--to', '1'), name)).toEqual(['confirmed', 'rolled-back'])
      expect(await saved(host)).toBe(first)
      expect(ending(await on(name, 'deploy', '--release'), name)).toEqual(['confirmed', 'deployed'])
      expect(await saved(host)).toBe(first)
      await host.succeed('sh /var/lib/mailfw/restore 1')
      expect(await saved(host)).toBe(first)
      await host.reboot()
      expect(await host.succeed('iptables-save -t nat | grep ^-A')).toBe(nat)
      expect(ending(await on(name, 'check'), name)).toEqual(['unchanged', 'as-wanted'])
    },
    120_000,
  )

  it.concurrent(
    'are not put back when their owner saves others, and drift of ours beside them is fixed',
    async () => {
      const host = lab.host('latin')
      expect(ending(await on('latin', 'deploy'), 'latin')).toEqual(['confirmed', 'deployed'])
      const bytes = 'od -c /etc/iptables/rules.v4 | grep -c 374'
      expect(await host.succeed(bytes)).toBe('1\n')
      await host.succeed('iptables -t nat -A POSTROUTING -s 10.8.0.0/24 -j MASQUERADE')
      expect((await on('latin', 'check')).host('latin').findings).toContainEqual(
        expect.objectContaining({ code: 'other-table-not-saved', severity: 'warning' }),
      )
      await host.succeed(
        'iptables -t nat -A POSTROUTING -o eth9 -j MASQUERADE; iptables-save >/etc/iptables/rules.v4',
      )
      const check = await on('latin', 'check')
      expect([...ending(check, 'latin'), ...check.host('latin').findings]).toEqual(['unchanged', 'as-wanted'])
      expect(ending(await on('latin', 'enforce'), 'latin')).toEqual(['unchanged', 'as-wanted'])
      expect(await saved(host)).toContain('-A POSTROUTING -s 10.8.0.0/24 -j MASQUERADE\n')

      await host.succeed("sed -i '/--dport 993/d' /etc/iptables/rules.v4")
      expect(ending(await on('latin', 'check'), 'latin')).toEqual(['would-change', 'drift'])
      expect(ending(await on('latin', 'enforce'), 'latin')).toEqual(['confirmed', 'deployed'])
      expect(await saved(host)).toContain('-A POSTROUTING -s 10.8.0.0/24 -j MASQUERADE\n')
      expect(await saved(host)).toContain('--dport 993')
    },
    90_000,
  )

  it.concurrent(
    'are carried as often as they stand there, and ours stand there once',
    async () => {
      expect(ending(await on('twice', 'deploy'), 'twice')).toEqual(['confirmed', 'deployed'])
      expect(await saved(lab.host('twice'))).toBe(`${await ours('twice')}${NAT}${NAT}`)
      expect(ending(await on('twice', 'check'), 'twice')).toEqual(['unchanged', 'as-wanted'])
    },
    60_000,
  )

  it.concurrent(
    'end in a newline, without which a boot would refuse them',
    async () => {
      expect(ending(await on('legacy-no-newline', 'deploy'), 'legacy-no-newline')).toEqual([
        'confirmed',
        'deployed',
      ])
      expect(await saved(lab.host('legacy-no-newline'))).toBe(`${await ours('legacy-no-newline')}${NAT}`)
    },
    60_000,
  )

  it.concurrent(
    'are refused before anything changes if they keep the whole file from being loaded',
    async () => {
      const host = lab.host('no-set')
      const before = [await saved(host), await host.save('v4')]
      const run = await on('no-set', 'deploy')
      expect(ending(run, 'no-set')).toEqual(['failed', 'saved-other-table'])
      expect(run.host('no-set').message).toMatch(/\*raw in .*rules.v4.*gone.*--match-set gone src -j DROP/)
      // A live set does not help: boot lacks it
      await host.succeed('ipset create gone hash:ip')
      expect(ending(await on('no-set', 'check'), 'no-set')).toEqual(['failed', 'saved-other-table'])
      expect([await saved(host), await host.save('v4')]).toEqual(before)
      expect(ending(await on('no-set', 'deploy', '--allow', 'saved-other-table'), 'no-set')).toEqual([
        'confirmed',
        'deployed',
      ])
      expect(await saved(host)).toContain('--match-set gone src -j DROP\n')
      expect(ending(await on('boot-set', 'deploy'), 'boot-set')).toEqual(['confirmed', 'deployed'])
    },
    60_000,
  )

  it.concurrent.each(['no-commit', 'crlf'])(
    'are not lost silently from a file that is no clean sections: %s',
    async (name) => {
      const host = lab.host(name)
      const before = await saved(host)
      const run = await on(name, 'deploy', '--yes')
      expect(ending(run, name)).toEqual(['failed', 'saved-not-carried'])
      expect(run.host(name).message).toMatch(/the table nat.*line \d/)
      expect(await saved(host)).toBe(before)
      expect(ending(await on(name, 'deploy', '--allow', 'saved-not-carried'), name)).toEqual([
        'confirmed',
        'deployed',
      ])
      expect(await saved(host)).toBe(await ours(name))
      expect(await host.succeed('cat /var/lib/mailfw/generations/1/saved-before.v4')).toBe(before)
    },
    60_000,
  )

  it.concurrent(
    'are not asked about if there are none',
    async () => {
      expect(ending(await on('crlf-filter', 'deploy'), 'crlf-filter')).toEqual(['confirmed', 'deployed'])
      expect(await saved(lab.host('crlf-filter'))).toBe(await ours('crlf-filter'))
    },
    60_000,
  )

  it.concurrent(
    'are missed if live has rules there that no known program makes',
    async () => {
      const { findings } = (await on('live-only', 'check')).host('live-only')
      expect(findings).not.toContainEqual(expect.objectContaining({ code: 'other-table-not-saved' }))
      await lab
        .host('live-only')
        .succeed('iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE')
      const docker = (await on('live-only', 'check')).host('live-only')
      expect(docker.findings).not.toContainEqual(expect.objectContaining({ code: 'other-table-not-saved' }))
      await lab.host('live-only').succeed('ip6tables -t nat -A POSTROUTING -s fd00::/8 -j MASQUERADE')
      expect((await on('live-only', 'check')).host('live-only').findings).toContainEqual(
        expect.objectContaining({
          code: 'other-table-not-saved',
          message: expect.stringContaining('IPv6') as string,
        }),
      )
    },
    60_000,
  )

  it.concurrent(
    'are carried where IPv6 is off',
    async () => {
      expect(ending(await on('no-ipv6', 'deploy'), 'no-ipv6')).toEqual(['confirmed', 'deployed'])
      expect(await saved(lab.host('no-ipv6'))).toBe(`${await ours('no-ipv6')}${NAT}`)
    },
    60_000,
  )
})
