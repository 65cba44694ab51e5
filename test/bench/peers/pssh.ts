import { readFile, writeFile } from 'node:fs/promises'
import type { Lab } from '../../lab/lab.ts'
import type { Contestant, Missing } from '../contestant.ts'
import { withoutComments } from '../fleet.ts'
import { FORKS } from '../options.ts'

const PROGRAM = 'parallel-ssh'

/**
 * What one writes by hand where one dares to: both files and both restores in one session, the same script for all
 * hosts. OpenSSH has its defaults. Nothing takes anything back where a host shuts itself off.
 */
export async function pssh(lab: Lab, rendered: string, rounds: number): Promise<Contestant | Missing> {
  const found = await lab.controller(['sh', '-c', `${PROGRAM} --version`])
  if (found.code !== 0)
    return { name: 'pssh', missing: `${PROGRAM} is not installed (Debian: apt-get install pssh)` }
  const hosts = [...lab.hosts.values()]
  const list = `${lab.home}/pssh-hosts`
  await writeFile(list, hosts.map(({ address }) => `root@${address}\n`).join(''))
  return {
    name: 'pssh',
    note: `pssh ${found.stdout.trim()}, the script on stdin, OpenSSH's defaults, no safeguard`,
    rows: [
      {
        id: 'pssh',
        label: 'pssh with a hand-written restore',
        command: [PROGRAM, '-h', list, '-p', String(FORKS), '-t', '60', '-I', 'sh -s'],
        input: restoreScript(await sameRules(hosts, rendered, 'v4'), await sameRules(hosts, rendered, 'v6')),
        floor: 'one-session',
        ours: 'mailfw-deploy',
      },
    ],
    deploys: true,
    rounds,
  }
}

function restoreScript(v4: string, v6: string): string {
  return `set -e
cat >/etc/iptables/rules.v4 <<'RULES'
${v4}RULES
cat >/etc/iptables/rules.v6 <<'RULES'
${v6}RULES
iptables-restore </etc/iptables/rules.v4
ip6tables-restore </etc/iptables/rules.v6
`
}

/** The rules of a family, which all hosts share; throws where they do not. */
async function sameRules(
  hosts: readonly { readonly name: string }[],
  rendered: string,
  family: 'v4' | 'v6',
): Promise<string> {
  const files = hosts.map(({ name }) => readFile(`${rendered}/${name}/rules.${family}`, 'utf8'))
  const [rules = '', ...others] = new Set((await Promise.all(files)).map(withoutComments))
  if (others.length > 0)
    throw new Error(`Expected the same ${family} rules for all hosts, for one script does all`)
  return rules
}
