import type { LabHost } from '../lab/host.ts'
import { rulesOf, wasReverted } from './rules-of.ts'
import type { Stage } from './stage.ts'
import { chapter, say, tick } from './terminal.ts'

/** Tells the story on a stage. Throws a sentence where anything is not as it is told. */
export async function tellStory(stage: Stage): Promise<void> {
  await meetHosts(stage)
  await deploy(stage)
  await checkAgain(stage)
  const before = await allRules(stage)
  await lockOut(stage)
  await proveReverted(stage, before)
}

async function meetHosts({ type }: Stage): Promise<void> {
  chapter(1, 'Three mail hosts without a firewall')
  say(
    'mx1, mx2 and store1 run on this machine, each in namespaces of its own, with a real sshd and the kernel’s real iptables. We sit at a fourth machine of that network and have this inventory:',
  )
  await type('cat fleet.yaml', 0)
}

async function deploy({ lab, type }: Stage): Promise<void> {
  chapter(2, 'The first deploy')
  say(
    'All hosts at the same time. A change counts once a second, new SSH connection has come through the new rules; only then is it kept in /etc/iptables.',
  )
  await type('mailfw deploy fleet.yaml --yes', 0)
  say('', 'This is what mx1 runs now, and loads when it boots:')
  await type('ssh root@mx1 cat /etc/iptables/rules.v4', 0)
  for (const host of lab.hosts.values()) await expectFirewall(host)
}

async function checkAgain({ type }: Stage): Promise<void> {
  chapter(3, 'The same again changes nothing')
  say('What runs and what is saved on each host is compared with what the inventory says.')
  await type('mailfw check fleet.yaml', 0)
}

async function lockOut({ lab, type }: Stage): Promise<void> {
  chapter(4, 'A mistake that locks us out')
  say(
    'Now SSH shall be open to 192.0.2.1 alone, and that is not us. The new rules do apply, on all three hosts; what follows is a new connection that never comes through.',
  )
  const mistake = `-e '{mailfw_ssh: {from: [192.0.2.1]}}'`
  await type(`mailfw deploy fleet.yaml --yes --confirm-seconds 10 ${mistake}`, 5)
  for (const host of lab.hosts.values()) {
    if (!(await wasReverted(host))) throw new Error(`Expected ${host.name} to have reverted, it did not.`)
  }
}

async function proveReverted({ lab, type }: Stage, before: ReadonlyMap<string, string>): Promise<void> {
  chapter(5, 'Nobody is locked out')
  say('Each host put its old rules back. A new SSH connection to each:')
  await type('for host in mx1 mx2 store1; do ssh root@$host hostname; done', 0)
  say('', 'The rules in the kernel and the files in /etc/iptables, compared with those before the mistake:')
  for (const host of lab.hosts.values()) {
    if ((await rulesOf(host)) !== before.get(host.name)) {
      throw new Error(`Expected ${host.name} to have the rules of before, they differ.`)
    }
    tick(`${host.name}: the same rules, the same bytes`)
  }
}

async function allRules({ lab }: Stage): Promise<ReadonlyMap<string, string>> {
  const entries = [...lab.hosts.values()].map(async (host) => [host.name, await rulesOf(host)] as const)
  return new Map(await Promise.all(entries))
}

async function expectFirewall(host: LabHost): Promise<void> {
  for (const family of ['v4', 'v6'] as const) {
    if (!(await host.save(family)).includes('\n:INPUT DROP')) {
      throw new Error(`Expected ${host.name} to have a firewall for ${family} now, it has none.`)
    }
  }
}
