import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import type { SavedFile } from '../../src/remote/saved-files.ts'
import { readStatus } from '../../src/remote/status.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import { localConnection } from './local-connection.ts'
import type { Try } from './try.ts'
import {
  deploy,
  endOf,
  leftOn,
  OPTIONS,
  recoverOn,
  refusalOf,
  stateOf,
  tryOn,
  until,
  wantedWith,
} from './try.ts'

const WANTED = wantedWith(25)
const SAVE = 'iptables-save >/etc/iptables/rules.v4; ip6tables-save -c >/etc/iptables/rules.v6'
/** Rules of somebody's own, which share some with ours. */
const OWN = '*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -s 192.0.2.5 -j ACCEPT\nCOMMIT\n'

describeLab('saved files that somebody writes while an attempt waits', () => {
  const old = { rules: BEFORE, saved: BEFORE }
  const { host } = useLab([
    ...KINDS.map((kind) => ({ ...kind, ...old })),
    ...['guard', 'own', 'removed', 'spelled', 'refused', 'rewritten'].map((name) => ({
      name,
      ...old,
    })),
    { name: 'none', rules: BEFORE },
    { name: 'full', ...old, diskKb: { '/etc/iptables': 64 } },
  ])

  const savedOf = async (name: string): Promise<string> =>
    host(name).succeed('cd /etc/iptables; stat -c "%n %a %u:%g" rules.v[46]; cat rules.v4 rules.v6')
  const asides = (name: string): Promise<string> =>
    host(name).succeed('cd /etc/iptables; ls | grep unconfirmed || :')

  it.concurrent.each(KINDS)('get their old bytes back with the revert: $name', async ({ name }) => {
    await host(name).succeed('cd /etc/iptables; chmod 604 rules.v4; chown 8:9 rules.v4')
    const [saved, before] = [await savedOf(name), await stateOf(host(name))]
    const made = await applied(host(name))
    await host(name).succeed(
      `${SAVE}; cd /etc/iptables; rm rules.v4; iptables-save >rules.v4; chmod 640 rules.v6`,
    )
    const files = await revertOf(made)
    expect(files).toEqual([restored(made, 'v4'), restored(made, 'v6')])
    expect(await savedOf(name)).toBe(saved)
    expect((await stateOf(host(name)))['live v4']).toBe(before['live v4'])
    const kept = `/etc/iptables/rules.v4.unconfirmed-${made.id}`
    expect(await host(name).succeed(`cat ${kept}`)).toContain('--dport 25 -j ACCEPT')
    expect(await leftOn(host(name))).toBe('')
    expect(made.connection.errors()).toBe('')
  })

  it.concurrent('get them back when the guard reverts, and status says so', async () => {
    const saved = await savedOf('guard')
    const made = await applied(host('guard'), 3)
    await host('guard').succeed(SAVE)
    expect(await endOf(host('guard'))).toBe('reverted')
    expect(await savedOf('guard')).toBe(saved)
    const files: SavedFile[] = []
    await readStatus(localConnection(host('guard')), collecting(files))
    expect(files).toEqual([restored(made, 'v4'), restored(made, 'v6')])
  })

  it.concurrent('are removed again if there was none, also by what settles it later', async () => {
    const made = await applied(host('none'), 3)
    await host('none').succeed(SAVE)
    await host('none').succeed('read -r guard _ </run/mailfw/attempt/guard; kill -9 $guard')
    expect(await recoverOn(host('none'))).toMatchObject({ did: 'reverted' })
    expect(await host('none').succeed('cd /etc/iptables; ls')).toBe(
      `rules.v4.unconfirmed-${made.id}\nrules.v6.unconfirmed-${made.id}\n`,
    )
  })

  it.concurrent("stay if they are of somebody's own, and that is said", async () => {
    const made = await applied(host('own'))
    await host('own').succeed('cat >/etc/iptables/rules.v4; rm /etc/iptables/rules.v6', { input: OWN })
    expect(await revertOf(made)).toEqual([changed('v4'), changed('v6')])
    expect(await host('own').succeed('cd /etc/iptables; cat rules.v4; ls')).toBe(`${OWN}rules.v4\n`)
  })

  it.concurrent('get them back after a change that only took rules away', async () => {
    await deploy(host('removed'), wantedWith(25, 143))
    const saved = await savedOf('removed')
    const made = await applied(host('removed'))
    await host('removed').succeed(
      `iptables -A INPUT -s 192.0.2.1 -j DROP; ${SAVE}; iptables -D INPUT -s 192.0.2.1 -j DROP`,
    )
    expect(await revertOf(made)).toHaveLength(2)
    expect(await savedOf('removed')).toBe(saved)
    expect(await asides('removed')).toContain('rules.v4.unconfirmed-')
  })

  it.concurrent('get them back if they hold most of the new rules, however they are written', async () => {
    const saved = await savedOf('spelled')
    const made = await applied(host('spelled'))
    const written = WANTED.v4
      .replaceAll('-m tcp ', '')
      .replaceAll('--ctstate ESTABLISHED,RELATED', '--ctstate RELATED,ESTABLISHED')
    await host('spelled').succeed('cat >/etc/iptables/rules.v4', { input: `# mine\n${written}` })
    expect(await revertOf(made)).toEqual([restored(made, 'v4')])
    expect(await savedOf('spelled')).toBe(saved)
  })

  it.concurrent('refuse the confirmation, which reverts', async () => {
    const [saved, before] = [await savedOf('refused'), await stateOf(host('refused'))]
    const made = await applied(host('refused'))
    await host('refused').succeed(SAVE)
    const refusal = await refusalOf(made.confirm())
    expect(refusal).toMatchObject({ code: 'saved-changed' })
    expect(refusal.detail.trim()).toBe('/etc/iptables/rules.v4 /etc/iptables/rules.v6')
    expect(await endOf(host('refused'))).toBe('reverted')
    expect(await savedOf('refused')).toBe(saved)
    expect((await stateOf(host('refused')))['live v4']).toBe(before['live v4'])
  })

  it.concurrent('do not refuse it if they were written again as they were', async () => {
    const made = await applied(host('rewritten'))
    await host('rewritten').succeed('cd /etc/iptables; cp rules.v4 x; cat x >rules.v4; rm x; touch rules.v6')
    expect(await made.confirm()).toMatchObject({ generation: 1 })
  })

  it.concurrent('are tried again until there is room for them', async () => {
    for (const family of ['v4', 'v6'] as const)
      await host('full').succeed(`cat >/etc/iptables/rules.${family}`, { input: BEFORE[family] ?? '' })
    const saved = await savedOf('full')
    const made = await applied(host('full'), 3)
    await host('full').succeed(`${SAVE}; cat /dev/zero >/etc/iptables/filler 2>/dev/null || :`)
    const log = 'grep -q "the old file could not be put back" /run/mailfw/attempt/log'
    await until(host('full'), log)
    expect(await host('full').save('v4')).not.toContain('--dport 25 -j ACCEPT')
    await host('full').succeed('rm /etc/iptables/filler')
    await until(host('full'), '[ -e /run/mailfw/attempt/state.reverted ]')
    expect(await savedOf('full')).toBe(saved)
    expect(await asides('full')).toContain(made.id)
  })
})

async function applied(on: LabHost, seconds = 60): Promise<Try> {
  const made = await tryOn(on, WANTED, seconds)
  await made.apply()
  return made
}

function collecting(files: SavedFile[]): typeof OPTIONS {
  return { ...OPTIONS, savedFiles: (some) => files.push(...some) }
}

/** Reverts an attempt; resolves to what it says of saved files. */
async function revertOf(made: Try): Promise<readonly SavedFile[]> {
  const files: SavedFile[] = []
  await made.revert(collecting(files))
  return files
}

function restored({ id }: Try, family: string): SavedFile {
  const path = `/etc/iptables/rules.${family}`
  return { kind: 'restored', path, aside: `${path}.unconfirmed-${id}` }
}

function changed(family: string): SavedFile {
  return { kind: 'changed', path: `/etc/iptables/rules.${family}` }
}
