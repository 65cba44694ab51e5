import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import { deploy, endOf, stateOf, statusOf, tryOn, wantedWith } from './try.ts'

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
/** Old rules that name a set of the administrator's. */
const WITH_SET = `
  ipset create office hash:net
  iptables -P INPUT DROP
  iptables -A INPUT -p tcp --dport 22 -j ACCEPT
  iptables -A INPUT -p tcp --dport 993 -m set --match-set office src -j ACCEPT
`
const SESSION = '198.18.255.254 40000 198.18.0.1 22'
const FULL = ['/var/lib/mailfw', '/etc/iptables']
const kinds = KINDS.map((kind) => ({ ...kind, rules: BEFORE, saved: BEFORE }))

describeLab('a generation that is put back by hand', () => {
  const { host } = useLab([
    ...kinds,
    { name: 'mailcow', setup: DOCKER },
    { name: 'pending', rules: BEFORE },
    { name: 'dead', rules: BEFORE, saved: BEFORE },
    { name: 'partly', setup: WITH_SET },
    {
      name: 'full',
      rules: BEFORE,
      saved: BEFORE,
      diskKb: Object.fromEntries(FULL.map((path) => [path, 1024])),
    },
  ])

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
    await on.succeed("nft 'insert rule ip filter INPUT tcp dport { 25, 26 } counter drop'")
    await on.succeed(`${RESTORE} 0`)
    expect((await listed()).replace('\t\ttcp dport { 25, 26 } counter drop\n', '')).toBe(before)
  })

  it.concurrent('takes the place of an attempt whose guard is dead', async () => {
    const on = host('dead')
    const before = withoutInodes(await stateOf(on))
    await deploy(on, wantedWith(25))
    const made = await tryOn(on, wantedWith(25, 587))
    await made.apply()
    await on.succeed('read -r guard _ </run/mailfw/attempt/guard; kill -9 $guard')
    await on.succeed(`${RESTORE} 0`)
    expect(withoutInodes(await stateOf(on))).toEqual(before)
    expect((await statusOf(on)).pending).toBeUndefined()
  })

  it.concurrent('goes on where a revert had to leave something out', async () => {
    const on = host('partly')
    const before = await on.save('v4')
    await deploy(on, wantedWith(25))
    await on.succeed('timeout 5 sh -c "until ipset destroy office; do sleep 0.1; done"')
    const rollback = await on.run(`${RESTORE} 0`)
    expect([rollback.code, rollback.stderr]).toEqual([
      1,
      expect.stringContaining(
        'v4 filter -A INPUT -p tcp -m tcp --dport 993 -m set --match-set office src -j ACCEPT\n',
      ),
    ])
    await on.succeed('ipset create office hash:net')
    await on.succeed(`${RESTORE} 0`)
    expect(await on.save('v4')).toBe(before)
    const made = await tryOn(on, wantedWith(25), 2)
    await made.apply({ session: SESSION })
    await on.succeed(
      'rm /run/mailfw/attempt/sets; timeout 5 sh -c "until ipset destroy office; do sleep 0.1; done"',
    )
    expect(await endOf(on)).toBe('revert-failed')
    await on.succeed(`ipset create office hash:net; ${RESTORE} 0`)
    expect(await on.save('v4')).toBe(before)
  })

  it.concurrent('brings the rules back on a full disk, and says that the files are not', async () => {
    const on = host('full')
    await deploy(on, wantedWith(25))
    const first = await stateOf(on)
    await deploy(on, wantedWith(25, 587))
    for (const path of FULL) await on.run(`head -c 3000000 /dev/zero >${path}/full`)
    const said = await on.run(`${RESTORE} 1`)
    expect(said.code).toBe(1)
    expect(said.stderr).toContain('/etc/iptables/rules.v4: could not be written\n')
    expect(said.stdout).toContain('iptables: the rules are those of generation 1')
    const then = await stateOf(on)
    expect([then['live v4'], then['live v6']]).toEqual([first['live v4'], first['live v6']])
    expect(await on.succeed('cat /etc/iptables/rules.v4')).toBe(wantedWith(25, 587).v4)
    expect(await on.succeed('ls -A /run/mailfw /etc/iptables')).not.toMatch(/restoring|mailfw-restore/)
    for (const path of FULL) await on.succeed(`rm ${path}/full`)
    await on.succeed(`${RESTORE} 1`)
    expect(withoutInodes(await stateOf(on))).toEqual(withoutInodes(first))
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

function withoutInodes(state: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(state).map(([what, text]) => [what, text.replace(/(\d+ root) \d+\n$/, '$1')]),
  )
}
