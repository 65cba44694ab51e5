import { makeRandom } from '../faults/random.ts'
import type { Random } from '../faults/random.ts'
import { mailfw } from '../e2e/mailfw.ts'
import { createLab } from '../lab/lab.ts'
import type { Lab } from '../lab/lab.ts'
import { ban } from '../lab/programs/fail2ban.ts'
import { editHost, missesOf } from './kernel-edit.ts'
import type { HostEdit } from './kernel-edit.ts'
import { DRIFT_HOSTS, driftInventory } from './kernel-hosts.ts'
import type { Judged } from './pure-case.ts'

/** The same on real hosts: each is edited, one check looks at all of them, then the edits are taken back and another one looks. */
export async function kernelCases(seed: number, edits: number): Promise<readonly Judged[]> {
  const lab = await createLab(DRIFT_HOSTS)
  try {
    const inventory = await driftInventory(lab)
    await deployAndBan(lab, inventory)
    const judged: Judged[] = []
    while (judged.length < edits) {
      const hosts = [...lab.hosts.values()].slice(0, edits - judged.length)
      const made = await Promise.all(
        hosts.map((host, index) => editHost(randomFor(seed, judged.length + index), host, reachable(lab))),
      )
      judged.push(...(await judgeRound(lab, inventory, made)))
    }
    return judged
  } finally {
    await lab.close()
  }
}

/** One for each edit: they are made at the same time. */
function randomFor(seed: number, edit: number): Random {
  return makeRandom(Math.floor(makeRandom(seed)() * 2 ** 32) + edit)
}

async function deployAndBan(lab: Lab, inventory: string): Promise<void> {
  const deploy = await mailfw(lab, 'deploy', inventory)
  if (deploy.code !== 0) throw new Error(`Expected all hosts to be confirmed, got ${messages(deploy.hosts)}`)
  for (const host of lab.hosts.values()) {
    if (host.name.endsWith('bans')) await host.succeed(ban('203.0.113.9') + ban('2001:db8:ffff::9'))
  }
}

async function judgeRound(
  lab: Lab,
  inventory: string,
  made: readonly HostEdit[],
): Promise<readonly Judged[]> {
  const names = made.map(({ host }) => host.name).join(',')
  const check = () => mailfw(lab, 'check', inventory, '--diff', '--limit', names)
  const edited = await check()
  await Promise.all(made.map(({ undo }) => undo()))
  const undone = await check()
  return made.map((one) => {
    const after = undone.host(one.host.name)
    const left =
      after.outcome === 'unchanged' ? [] : [`expected unchanged once it was undone, got ${messages([after])}`]
    return {
      name: `${one.host.name} ${one.family}, ${one.where}`,
      edit: one.edit,
      misses: [...missesOf(one, edited.host(one.host.name)), ...left],
    }
  })
}

function reachable(lab: Lab): Parameters<typeof editHost>[2] {
  return async (host) => (await lab.connects('controller', host.address, host.port)) === 'open'
}

function messages(results: readonly { readonly host: string; readonly message: string }[]): string {
  return results.map(({ host, message }) => `${host}: ${message}`).join('; ')
}
