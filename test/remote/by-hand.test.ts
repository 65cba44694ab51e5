import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import { deploy, stateOf, tryOn, wantedWith } from './try.ts'

const RESTORE = 'sh /var/lib/mailfw/restore'
const DOCKER = `
  iptables -N DOCKER; iptables -N MAILCOW; iptables -P INPUT DROP
  iptables -A FORWARD -j MAILCOW
  iptables -A FORWARD -o br-mailcow -j DOCKER
  iptables -A INPUT -p tcp --dport 22 -j ACCEPT
  nft 'add rule ip filter MAILCOW iifname != "br-mailcow" oifname "br-mailcow" tcp dport { 3306, 6379 } counter drop'
  nft 'insert rule ip filter FORWARD iifname != "br-mailcow" oifname "br-mailcow" tcp dport { 8983, 12345 } counter drop'
`
/** Since: a ban, and a container. */
const TODAY = `
  iptables -I f2b-sshd -s 198.51.100.7 -j DROP
  iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -j DOCKER
  iptables -t nat -A DOCKER -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
`
const kinds = KINDS.map((kind) => ({ ...kind, rules: BEFORE, saved: BEFORE }))

describeLab('a generation that is put back by hand', () => {
  const { host } = useLab([...kinds, { name: 'mailcow', setup: DOCKER }, { name: 'pending', rules: BEFORE }])

  it.concurrent.each(kinds)('is one that mailfw made, or what was there before: $name', async ({ name }) => {
    const on = host(name)
    const before = await stateOf(on)
    await deploy(on, wantedWith(25))
    const first = await stateOf(on)
    await deploy(on, wantedWith(25, 587))
    await on.succeed(TODAY)
    const said = await on.succeed(`${RESTORE} 1`)
    expect(said).toContain('iptables: the rules are those of generation 1; rules of other programs stay')
    expect(said).toMatch(/\nGeneration 1 is back\. .*\n$/)
    const bans = (state: Record<string, string>) =>
      state['live v4']?.replace('-A f2b-sshd -s 198.51.100.7/32 -j DROP\n', '').replace(/\*nat[^*]*/, '')
    const now = await stateOf(on)
    expect(bans(now)).toBe(bans(first))
    expect(now['live v6']).toBe(first['live v6'])
    expect(await on.succeed('cat /etc/iptables/rules.v4')).toBe(wantedWith(25).v4)
    await on.succeed(`${RESTORE} 0`)
    const end = await stateOf(on)
    expect(bans(end)).toBe(bans(before))
    expect(end['live v6']).toBe(before['live v6'])
    expect(await on.succeed('cat /etc/iptables/rules.v4')).toBe(BEFORE.v4)
    expect(end['live v4']).toContain('-A f2b-sshd -s 198.51.100.7/32 -j DROP\n')
    expect(end['live v4']).toContain('--to-destination 172.17.0.2:80')
    expect(await on.succeed('ls -A /var/lib/mailfw /etc/iptables')).not.toMatch(/restoring|mailfw-restore/)
  })

  it.concurrent('leaves rules of nft’s own as they are', async () => {
    const on = host('mailcow')
    const listed = () => on.succeed('nft -s list table ip filter')
    const before = await listed()
    await deploy(on, wantedWith(25))
    expect(await listed()).not.toBe(before)
    await on.succeed(`${RESTORE} 0`)
    expect(await listed()).toBe(before)
  })

  it.concurrent('is not, while an attempt waits for its confirmation, or is not there', async () => {
    const on = host('pending')
    await deploy(on, wantedWith(25))
    const made = await tryOn(on, wantedWith(25, 587))
    await made.apply()
    const before = await stateOf(on)
    const refused = await on.run(`${RESTORE} 0`)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(
      `restore: attempt ${made.id} is pending; its guard puts the old rules back in`,
    )
    expect(await stateOf(on)).toEqual(before)
    await made.revert()
    const unknown = await on.run(`${RESTORE} 7`)
    expect([unknown.code, unknown.stderr]).toEqual([1, 'restore: no generation 7 is kept here, only 0 1\n'])
    expect((await on.run(`${RESTORE} 0`)).code).toBe(0)
  })
})
