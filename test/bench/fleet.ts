import { readFile } from 'node:fs/promises'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'

/** What a host shall have in the end: the files' rules, and live what the kernel makes of them. */
interface Wanted {
  readonly saved: Readonly<Record<Family, string>>
  readonly live: Readonly<Record<Family, string>>
}

type Family = 'v4' | 'v6'
const FAMILIES = ['v4', 'v6'] as const

/** The fleet that everybody works on. */
export interface BenchFleet {
  /** Takes every host back to where nobody has been: no rules, no saved files, nothing of mailfw's. */
  readonly forget: () => Promise<void>
  /** Throws with the first host that lacks its rules, live or saved. */
  readonly expectWanted: () => Promise<void>
}

/**
 * Learns what is wanted from `rendered/HOST/rules.v4` and `rules.v6`: a host's own iptables-restore loads them whole,
 * its iptables-save tells what they became. The hosts have no rules afterwards.
 */
export async function makeFleet(lab: Lab, rendered: string): Promise<BenchFleet> {
  const hosts = [...lab.hosts.values()]
  const forget = async () => {
    await Promise.all(hosts.map((host) => host.succeed(FORGET)))
  }
  await forget()
  const wanted = new Map(
    await Promise.all(hosts.map(async (host) => [host.name, await learn(host, rendered)] as const)),
  )
  await forget()
  return {
    forget,
    expectWanted: async () => {
      await Promise.all(hosts.map((host) => expectRules(host, wanted.get(host.name))))
    },
  }
}

const FORGET = `
  rm -rf /var/lib/mailfw /run/mailfw /etc/iptables/rules.v4 /etc/iptables/rules.v6
  for command in iptables ip6tables; do
    printf '*filter\\n:INPUT ACCEPT\\n:FORWARD ACCEPT\\n:OUTPUT ACCEPT\\nCOMMIT\\n' | $command-restore
  done`

async function learn(host: LabHost, rendered: string): Promise<Wanted> {
  const texts = await perFamily((family) => readFile(`${rendered}/${host.name}/rules.${family}`, 'utf8'))
  await host.succeed('iptables-restore', { input: texts.v4 })
  await host.succeed('ip6tables-restore', { input: texts.v6 })
  return {
    saved: { v4: withoutComments(texts.v4), v6: withoutComments(texts.v6) },
    live: await perFamily((family) => host.save(family)),
  }
}

async function expectRules(host: LabHost, wanted: Wanted | undefined): Promise<void> {
  if (wanted === undefined) throw new Error(`Expected a host that was learned, got ${host.name}`)
  for (const family of FAMILIES) {
    expectText(`live ${family} rules of ${host.name}`, wanted.live[family], await host.save(family))
    const saved = await host.run(`cat /etc/iptables/rules.${family}`)
    expectText(`saved ${family} rules of ${host.name}`, wanted.saved[family], withoutComments(saved.stdout))
  }
}

function expectText(what: string, wanted: string, found: string): void {
  if (found === wanted) return
  const [expected, got] = [wanted.split('\n'), found.split('\n')]
  const line = expected.findIndex((each, index) => each !== got[index])
  throw new Error(
    `${what}: expected "${expected[line] ?? 'the end'}" as line ${line + 1}, got "${got[line] ?? 'the end'}"`,
  )
}

async function perFamily(read: (family: Family) => Promise<string>): Promise<Record<Family, string>> {
  return { v4: await read('v4'), v6: await read('v6') }
}

/** The rules of a file: what a tool writes above them is its own. */
export function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => `${line}\n`)
    .join('')
}
