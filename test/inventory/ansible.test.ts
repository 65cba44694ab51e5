import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadInventory } from '../../src/inventory/load.ts'
import { Opaque } from '../../src/inventory/opaque.ts'
import { InputError } from '../../src/lib/input-error.ts'
import { Secret } from '../../src/lib/secret.ts'
import { CASES, LOGIN } from './inventories.ts'

const PATTERNS = [
  ...[
    'all',
    '*',
    'mx',
    'mx1',
    'm*',
    'web',
    'we?',
    'mx[0]',
    'mx[-1]',
    'mx[1:2]',
    'mx[1:]',
    'mx[0:0]',
    'mx[5:]',
    'mx[9]',
  ],
  ...[
    'mx:web',
    'mx,web',
    'mx:&web',
    'mx:!mx1',
    '!mx',
    '&web',
    '!mx:all',
    'mail:!store',
    '~mx[12]',
    '~.*\\.net',
    '~(?P<a>w)eb',
  ],
  ...[
    'web*.example.net',
    '[mw]*1',
    '[!m]*',
    'store[0:1]:mx[0]',
    'nothing',
    'ungrouped',
    'hot, cold',
    'm*[1]',
    'lonely',
    'un*',
  ],
  ...['mx1:mx2:!mx1', '192.0.2.7', 'al?', 'empty', 'mx1:22', '2001:db8::5', 'mx1-a*,mx2-b.example.net'],
]

const hasAnsible = spawnSync('ansible-inventory', ['--version']).status === 0

describe.skipIf(!hasAnsible).each(readdirSync(join(CASES, 'oracle')))('the inventory %s', (name) => {
  const file = join(CASES, 'oracle', name, 'inventory.yaml')

  test('has the variables that ansible-inventory tells', { timeout: 30_000 }, async () => {
    const { hosts } = await loadAll(file)
    const ours = Object.fromEntries(hosts.map(({ name: host, vars }) => [host, plain(vars)]))
    const theirs = JSON.parse(
      execFileSync('ansible-inventory', ['-i', file, '--list'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as { _meta: { hostvars: Record<string, unknown> } }
    const all = Object.fromEntries(hosts.map(({ name: host }) => [host, theirs._meta.hostvars[host] ?? {}]))
    expect(ours).toEqual(all)
  })

  test('has the hosts, groups and selections that Ansible finds', { timeout: 30_000 }, async () => {
    const theirs = askAnsible(file)
    const { hosts } = await loadAll(file)
    expect(hosts.map((host) => host.name)).toEqual(theirs.hosts)
    expect(Object.fromEntries(hosts.map(({ name: host, groups }) => [host, groups]))).toEqual(theirs.groups)
    const limits = await Promise.all(
      PATTERNS.map(async (pattern) => [pattern, await selected(file, pattern)] as const),
    )
    expect(Object.fromEntries(limits)).toEqual(
      Object.fromEntries(
        Object.entries(theirs.limits).map(([pattern, found]) => [
          pattern,
          found.length === 0 ? 'error' : found,
        ]),
      ),
    )
  })
})

/** The interpreter that the command `ansible` itself runs under. */
function ansiblePython(): string {
  const command = execFileSync('sh', ['-c', 'command -v ansible'], { encoding: 'utf8' }).trim()
  const [, interpreter = 'python3'] = /^#!\s*(\S+)/.exec(readFileSync(command, 'utf8')) ?? []
  return interpreter
}

interface Answers {
  readonly hosts: readonly string[]
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly limits: Readonly<Record<string, readonly string[] | 'error'>>
}

function askAnsible(file: string): Answers {
  const answer = execFileSync(ansiblePython(), [join(import.meta.dirname, 'ansible-oracle.py'), file], {
    input: JSON.stringify(PATTERNS),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return JSON.parse(answer) as Answers
}

/** Every host is made ours. */
function loadAll(file: string, limit?: string) {
  return loadInventory(file, {
    login: LOGIN,
    extraVars: ['{mailfw_services: {}}'],
    ...(limit !== undefined && { limit }),
  })
}

async function selected(file: string, limit: string): Promise<readonly string[] | 'error'> {
  try {
    return (await loadAll(file, limit)).hosts.map((host) => host.name)
  } catch (error) {
    if (error instanceof InputError) return 'error'
    throw error
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Opaque) return value.source()
  if (value instanceof Secret) return value.reveal()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name]) => !name.startsWith('mailfw_'))
  return Object.fromEntries(entries.map(([name, item]) => [name, plain(item)]))
}
