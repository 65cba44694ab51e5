import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HostResult } from '../../src/model/outcome.ts'
import { jsonDocument } from '../../src/report/json.ts'
import type { RunDocument } from '../../src/report/reporter.ts'
import { manyHosts, runOf, threeHosts } from '../report/fleets.ts'
import { hostileHost } from '../report/hostile-host.ts'
import { drifted, result } from '../report/samples.ts'
import type { Ran } from './fake-world.ts'
import { run } from './fake-world.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailfw-merge-'))
})
afterEach(() => rm(directory, { recursive: true }))

const at = (name: string): string => join(directory, name)
const merge = (...words: readonly string[]): Promise<Ran> => run('report', 'merge', ...words)

/** Writes a run as `--output json` would, with --diff or without. */
async function left(
  name: string,
  hosts: readonly HostResult[],
  more: Partial<RunDocument> = {},
  diff = false,
): Promise<string> {
  await writeFile(at(name), jsonDocument(runOf(hosts, more), { diff }))
  return at(name)
}

const documentOf = ({ stdout }: Ran): RunDocument => JSON.parse(stdout) as RunDocument
const hostsOf = (ran: Ran): string[] => documentOf(ran).hosts.map(({ host }) => host)

describe('report merge', () => {
  it('makes one run of several: the hosts in the order of the files, from the first start to the last end', async () => {
    const files = [
      await left('2.json', [result('mx2', 'unchanged')], { started: '2026-11-22T14:02:30.000Z', seconds: 5 }),
      await left('1.json', [drifted('mx1')], {
        started: '2026-11-22T14:02:10.500Z',
        seconds: 60,
        run: '0123456789abcdef',
      }),
      await left('3.json', [result('mx3', 'unchanged')], {
        started: '2026-11-22T14:03:00.000Z',
        seconds: 20,
      }),
    ]
    const ran = await merge(...files)
    expect([ran.exit, ran.stderr]).toEqual([3, ''])
    expect(hostsOf(ran)).toEqual(['mx2', 'mx1', 'mx3'])
    expect(documentOf(ran)).toMatchObject({
      format: 1,
      command: 'check',
      run: '0123456789abcdef',
      started: '2026-11-22T14:02:10.500Z',
      seconds: 69.5,
      exit: 3,
      summary: { unchanged: 2, 'would-change': 1 },
    })
  })

  it.each([true, false])('loses nothing that a document tells of a host, with --diff: %s', async (diff) => {
    const one = await left('1.json', threeHosts(), {}, diff)
    const two = await left('2.json', [{ ...hostileHost(), host: 'mx' }, ...manyHosts(50)], {}, diff)
    const read = async (file: string) => (JSON.parse(await readFile(file, 'utf8')) as RunDocument).hosts
    expect(documentOf(await merge(one, two)).hosts).toEqual([...(await read(one)), ...(await read(two))])
  })

  it('is the same again when its own document is merged', async () => {
    const { stdout } = await merge(await left('1.json', threeHosts()))
    await writeFile(at('again.json'), stdout)
    expect((await merge(at('again.json'))).stdout).toBe(stdout)
  })

  it.each([
    ['a bug wins over all', [1, 6, 0], 1],
    ['else the highest of them', [3, 0, 5], 5],
    ['a strict run stays strict', [3, 0, 0], 3],
    ['all is well', [0, 0, 0], 0],
  ])('has the exit code of the whole: %s', async (_, exits, expected) => {
    const files = await Promise.all(
      exits.map((exit, index) => left(`${index}.json`, [result(`mx${index}`, 'unchanged')], { exit })),
    )
    const ran = await merge(...files)
    expect([ran.exit, documentOf(ran).exit]).toEqual([expected, expected])
  })

  it('believes no document that has a better end than its hosts', async () => {
    const file = await left('1.json', [result('mx1', 'unknown')], { exit: 0, summary: { unchanged: 9 } })
    const ran = await merge(file)
    expect([ran.exit, documentOf(ran).summary]).toEqual([6, { unknown: 1 }])
  })

  it('says which shards are missing, for nobody heard of their hosts', async () => {
    const one = await left('1.json', [result('mx1', 'unchanged')], { shard: '1/4' })
    const three = await left('3.json', [], { shard: '3/4' })
    const ran = await merge(one, three)
    expect(ran.stderr).toBe('Missing: shard 2/4, 4/4. What became of their hosts is in none of the files.\n')
    expect([ran.exit, documentOf(ran).exit, hostsOf(ran)]).toEqual([4, 4, ['mx1']])
    const others = [await left('2.json', [], { shard: '2/4' }), await left('4.json', [], { shard: '4/4' })]
    expect(await merge(one, three, ...others)).toMatchObject({ exit: 0, stderr: '' })
  })

  it('says of a run that it came to no host', async () => {
    const broken = await left('1.json', [], { exit: 2, message: 'mailfw: The inventory is broken.\n' })
    const ran = await merge(broken, await left('2.json', [result('mx1', 'unchanged')]))
    expect(ran).toMatchObject({
      exit: 4,
      stderr: `Without hosts: ${broken}: mailfw: The inventory is broken.\n`,
    })
  })

  it.each([
    [
      'hosts',
      ['a', 'b'],
      {},
      /b\.json hosts: expected each host in one file and once, got mx1 and 1 more, which \S*a\.json has too\n/,
    ],
    ['hosts of one file', ['a', 'a'], {}, /a\.json hosts: expected each host .* which \S*a\.json has too\n/],
    [
      'another command',
      ['a', 'c'],
      { command: 'deploy' },
      /c\.json command: expected check, as in \S*a\.json, got deploy\n/,
    ],
    [
      'another number of shards',
      ['s', 'c'],
      { shard: '2/3' },
      /c\.json shard: expected a shard of 2, as in \S*s\.json, got 2\/3\n/,
    ],
    [
      'a shard twice',
      ['s', 'c'],
      { shard: '1/2' },
      /c\.json shard: expected each shard once, got 1\/2, which \S*s\.json has too\n/,
    ],
  ] as const)('refuses what does not fit together: %s', async (_, names, more, sentence) => {
    await left('a.json', [result('mx1', 'unchanged'), result('mx2', 'unchanged')])
    await left('b.json', [result('mx1', 'unchanged'), result('mx2', 'failed')])
    await left('s.json', [], { shard: '1/2' })
    await left('c.json', [result('mx9', 'unchanged')], more)
    const { exit, stdout, stderr } = await merge(...names.map((name) => at(`${name}.json`)))
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(sentence)
  })

  const VALID = JSON.parse(jsonDocument(runOf([result('mx1', 'unchanged')]), { diff: false })) as object
  const [FINE] = runOf([result('mx1', 'unchanged')]).hosts

  it.each([
    ['', 'expected one JSON document, as --output json or --report FILE.json writes it, got an empty file'],
    ['{"event":"run"}\n{"event":"end"}\n', 'writes it, got no JSON'],
    ['[]', 'writes it, got an empty list'],
    ['null', 'writes it, got nothing'],
    [JSON.stringify({ ...VALID, format: 2 }), 'format: expected 1, got 2'],
    [JSON.stringify({ ...VALID, command: 'render' }), 'command: expected deploy, check, status'],
    [JSON.stringify({ ...VALID, started: 'yesterday' }), 'started: expected a time in ISO 8601'],
    [JSON.stringify({ ...VALID, shard: '9/8' }), 'shard: expected K/N such as 2/8'],
    [JSON.stringify({ ...VALID, hosts: undefined }), 'hosts: expected array, got nothing'],
    [
      JSON.stringify({ ...VALID, hosts: [{ ...FINE, code: 'new' }] }),
      'hosts.0.code: expected a word that this mailfw knows, got "new"',
    ],
    [
      JSON.stringify({ ...VALID, hosts: [{ ...FINE, host: 'mx1;reboot' }] }),
      'hosts.0.host: expected the name of a host',
    ],
    [
      JSON.stringify({ ...VALID, hosts: [{ ...FINE, seconds: '1' }] }),
      'hosts.0.seconds: expected number, got "1"',
    ],
    [JSON.stringify({ ...VALID, hosts: Array.from({ length: 99 }, () => ({})) }), 'more of this kind'],
  ])('refuses a file that is none of ours with a sentence: %j', async (text, sentence) => {
    await writeFile(at('odd.json'), text)
    const { exit, stdout, stderr } = await merge(at('odd.json'))
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toContain(at('odd.json'))
    expect(stderr).toContain(sentence)
  })

  it('tells of every file that cannot be read at once', async () => {
    const { exit, stderr } = await merge(at('one.json'), directory, await left('fine.json', []))
    expect(exit).toBe(2)
    expect(stderr).toMatch(/^mailfw: 2 problems were found.*\n.*one\.json: .* ENOENT.*\n.*: .*EISDIR.*\n$/)
  })

  it('makes every text from a file printable', async () => {
    const evil = '\u001b]0;owned\u0007\u202e'
    const text = jsonDocument(runOf([drifted('mx1')]), { diff: true })
    const document = JSON.parse(text) as { mailfw: string; hosts: { message: string }[] }
    const hosts = document.hosts.map((each) => ({ ...each, message: evil }))
    await writeFile(
      at('evil.json'),
      JSON.stringify({ ...document, mailfw: evil, run: evil, inventory: evil, hosts }),
    )
    for (const output of ['json', 'text']) {
      const { exit, stdout, stderr } = await merge(at('evil.json'), '--output', output)
      expect(exit).toBe(3)
      expect(`${stdout}${stderr}`).not.toMatch(/[\u001b\u0007\u202e]/)
    }
  })

  it('shows what a run would show at its end, with the command that takes up exactly the hosts that need it', async () => {
    const one = await left('1.json', [result('mx1', 'unchanged'), drifted('mx2')], {
      inventory: 'fleet.yaml',
    })
    const { exit, stdout } = await merge(one, await left('2.json', [drifted('mx3')]), '-o', 'text')
    expect(exit).toBe(3)
    expect(stdout).toContain('3 hosts in ')
    expect(stdout).toContain('  mailfw deploy fleet.yaml --limit mx2,mx3\n')
  })

  it('leaves a page and metrics, as a run does', async () => {
    const one = await left('1.json', threeHosts(), { inventory: '/srv/fleet.yaml' })
    const flags = ['--report', at('fleet.html'), '--metrics', at('fleet.prom')]
    expect(await merge(one, ...flags)).toMatchObject({ exit: 4, stderr: '' })
    expect(await readFile(at('fleet.html'), 'utf8')).toMatch(/^<!doctype html>[^]*mx3\.example\.net/)
    expect(await readFile(at('fleet.prom'), 'utf8')).toContain(
      'mailfw_run_exit_code{inventory="/srv/fleet.yaml",command="check"} 4\n',
    )
    expect(await merge(one, '--report', at('none/fleet.html'))).toMatchObject({ exit: 2, stdout: '' })
  })

  it.each([
    [['report'], 'The word merge and a file are expected: mailfw report TASK FILES.'],
    [['report', 'merge'], 'The word merge and a file are expected: mailfw report TASK FILES.'],
    [['report', 'mix', 'a.json'], 'TASK: expected merge, got "mix".'],
    [['report', 'merge', 'a.json', '--outptu', 'text'], 'Unknown flag --outptu; did you mean --output?'],
    [['report', 'merge', 'a.json', '--output', 'jsonl'], '--output: expected json, text, got "jsonl".'],
  ])('explains what was expected: %j', async (words, sentence) => {
    const { exit, stderr } = await run(...words)
    expect(exit).toBe(2)
    expect(stderr).toContain(sentence)
  })
})
