import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { readCommandLine } from '../../src/cli/command-line.ts'
import type { LastFailed } from '../../src/cli/command-for.ts'
import { byHandCommand, commandFor } from '../../src/cli/command-for.ts'

const ALL = ['mx1', 'mx2', 'mx3', 'mx4', 'mx5']

async function retry(line: readonly string[], hosts: readonly string[]): Promise<string> {
  const invocation = await readCommandLine(line, 80)
  if (invocation.verb !== 'deploy' && invocation.verb !== 'check') throw new Error('no verb of the fleet')
  return commandFor('deploy', hosts, { flags: invocation.flags, all: ALL })
}

describe('the command that takes hosts up again', () => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['deploy f.yaml', 'mailfw deploy f.yaml --limit mx1,mx2', ['mx1', 'mx2']],
    ['deploy f.yaml', 'mailfw deploy f.yaml', ALL],
    ['deploy f.yaml --limit mail', 'mailfw deploy f.yaml --limit mail', ALL],
    ['deploy f.yaml --limit mail', "mailfw deploy f.yaml --limit 'mail,!mx2'", ['mx1', 'mx3', 'mx4', 'mx5']],
    ['deploy f.yaml', "mailfw deploy f.yaml --limit 'all,!mx1,!mx5'", ['mx2', 'mx3', 'mx4']],
    [
      'check f.yaml -u admin -bK --timeout 3',
      'mailfw deploy f.yaml --limit mx1 -u admin -b -K -T 3',
      ['mx1'],
    ],
    [
      'deploy f.yaml --batch 1,10% --max-failures 05% --when-exceeded rollback --ask-between',
      'mailfw deploy f.yaml --limit mx1 --batch 1,10% --ask-between --max-failures 05% --when-exceeded rollback',
      ['mx1'],
    ],
    ['deploy f.yaml --yes --diff --check -o text', 'mailfw deploy f.yaml --limit mx1', ['mx1']],
    ['deploy f.yaml --shard 2/8', 'mailfw deploy f.yaml --shard 2/8', ALL],
    ['deploy f.yaml --shard 2/8', 'mailfw deploy f.yaml --limit mx1', ['mx1']],
    [
      'deploy f.yaml -l mail --shard 2/8',
      "mailfw deploy f.yaml --limit 'mail,!mx1' --shard 2/8",
      ['mx2', 'mx3', 'mx4', 'mx5'],
    ],
    ['deploy f.yaml -e @vars.yaml', 'mailfw deploy f.yaml --limit mx1 -e @vars.yaml', ['mx1']],
  ]
  for (const [line, command, hosts] of cases) {
    it(`after ${line}: ${command}`, async () => {
      expect(await retry(line.split(' '), hosts)).toBe(command)
    })
  }

  it('leaves out flags that the verb does not take', async () => {
    const invocation = await readCommandLine(
      'deploy f.yaml -u admin --max-failures 2 --batch 3 --when-exceeded stop --confirm-seconds 90 -f 5'.split(
        ' ',
      ),
      80,
    )
    if (invocation.verb !== 'deploy') throw new Error('no deploy')
    const { flags } = invocation
    expect(commandFor('status', ['mx1'], { flags, all: ALL })).toBe(
      'mailfw status f.yaml --limit mx1 -u admin -f 5',
    )
    expect(byHandCommand('confirm', 'mx1', '4e1243bd22c66e76', flags)).toBe(
      'mailfw confirm f.yaml mx1 4e1243bd22c66e76 -u admin',
    )
  })

  it('does not repeat what may be a password', async () => {
    expect(await retry(['deploy', 'f.yaml', '-e', 'ansible_password=hunter2'], ['mx1'])).not.toContain(
      'hunter2',
    )
  })

  it('means the same to a shell, whatever the names are', async () => {
    const inventory = "it's a $(touch x) `fleet`.yaml"
    const command = await retry(['deploy', inventory], ['mx1', '!mx 2'])
    const words = execFileSync('sh', ['-c', `for word in ${command}; do printf '%s\\n' "$word"; done`])
    expect(String(words)).toBe(`mailfw\ndeploy\n${inventory}\n--limit\nmx1,!mx 2\n`)
  })
})

describe('the command for more hosts than one wants to name', () => {
  const all = Array.from({ length: 100 }, (_, index) => `mx${index + 1}`)
  const most = all.slice(0, 60)
  const path = '/home/alice/.local/state/mailfw/last-failed'
  const command = (hosts: readonly string[], lastFailed: LastFailed) =>
    commandFor('deploy', hosts, { flags: { inventory: 'f.yaml' }, all, lastFailed })

  it('names the file that has just them', () => {
    expect(command(most, { path, hosts: most.toReversed() })).toBe(`mailfw deploy f.yaml --limit @${path}`)
  })

  it('names the file and the few in it that are not meant', () => {
    expect(command(most, { path, hosts: all.slice(0, 62) })).toBe(
      `mailfw deploy f.yaml --limit '@${path},!mx61,!mx62'`,
    )
  })

  it('names the hosts where they are few, or the file does not fit', () => {
    const few = all.slice(0, 20)
    expect(command(few, { path, hosts: few })).toContain(`--limit ${few.join(',')}`)
    const some = all.slice(0, 40)
    for (const lastFailed of [
      { path, hosts: some.slice(1) },
      { path, hosts: all },
      { path: '/home/a,b', hosts: some },
    ]) {
      expect(command(some, lastFailed)).toContain(`--limit ${some.join(',')}`)
    }
  })
})
