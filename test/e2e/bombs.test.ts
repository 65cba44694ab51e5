import { execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { written } from '../inventory/inventories.ts'
import { MAILFW } from './mailfw.ts'

/**
 * Node alone takes 60 MB, a fleet of thousands of hosts 250. A text of 4 MiB with half a million values, the most that is
 * parsed, takes 500; beyond all bounds it would be gigabytes.
 */
const MOST_MEGABYTES = 700
const MOST_SECONDS = 10
const FOUR_MIB = 4 * 1024 * 1024

const HEAD = 'all:\n  vars:\n    mailfw_services: {}\n'
const HOST = '  hosts: { mx1: { ansible_host: 192.0.2.1 } }\n'

const lines = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('')
const listOf = (unit: string): string =>
  `${HEAD}    x: [${unit.repeat(Math.floor((FOUR_MIB - 200) / unit.length))}]\n${HOST}`
const laughs = (of: (alias: string) => string, depth: number): string =>
  `a0: &a0 [x]\n${lines(depth, (n) => `a${n + 1}: &a${n + 1} ${of(`*a${n}`)}\n`)}`

const TOO_MANY = /:\d+:\d+: expected at most 1000000 values, got more, counting what aliases repeat/
const TOO_DENSE = /inventory\.yaml: expected at most 500000 keys and values, got more/
const TOO_DEEP = /:\d+:\d+: expected YAML: values nest deeper than 100 levels/
const CIRCLE = /:\d+:\d+: expected values that nest .* or a value that contains itself/
const TOO_BIG = /expected at most 4 MiB, got more/
const TWICE = /:\d+:\d+: expected YAML: duplicated mapping key/

test.each<readonly [what: string, text: string, message: RegExp]>([
  ['lists of aliases', laughs((a) => `[${`${a},`.repeat(10)}]`, 11), TOO_MANY],
  ['maps of aliases', laughs((a) => `{ k: ${a}, l: ${a} }`, 59), TOO_MANY],
  ['pairs of aliases', laughs((a) => `[a: ${a}, b: ${a}]`, 59), TOO_MANY],
  ['aliases as keys', `${laughs((a) => `[${a}, ${a}]`, 40)}x: { ? *a40 : 1 }\n`, /a key is a list or a map/],
  [
    'merges that multiply',
    `a: &a {${lines(2_000, (n) => `k${n}: 1,`)}}\n${lines(2_000, (n) => `m${n}: { <<: *a }\n`)}`,
    /:\d+:\d+: expected YAML: merge keys copy more than 1000000 values/,
  ],
  ['a map that holds itself', `mail: &m { children: { x: *m } }\n`, CIRCLE],
  ['a list that holds itself', 'a: &a [*a]\n', CIRCLE],
  ['10,000 lists in lists', `a: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`, TOO_DEEP],
  ['1,000,000 lists in lists', `a: ${'['.repeat(1_000_000)}\n`, TOO_DENSE],
  ['400,000 lists in lists', `a: ${'['.repeat(400_000)}\n`, TOO_DEEP],
  ['1,000,000 maps in maps', `a: ${'{a: '.repeat(1_000_000)}\n`, TOO_DENSE],
  ['10,000 maps as keys', `a: ${'{? '.repeat(10_000)}\n`, TOO_DEEP],
  ['1,000,000 dashes', `a:\n ${'- '.repeat(1_000_000)}x\n`, TOO_DEEP],
  ['2,000 lines each deeper', lines(2_000, (n) => `${' '.repeat(n)}a:\n`), TOO_DEEP],
  ['a group twice', `${HEAD}${HOST}all: {}\n`, TWICE],
  ['a host twice', `${HEAD}  hosts:\n    mx1:\n    mx1:\n`, TWICE],
  ['a key far inside twice', `${HEAD}    x: { a: [{ b: 1, b: 2 }] }\n${HOST}`, TWICE],
  ['one long text', `${HEAD}    x: ${'a'.repeat(50_000_000)}\n${HOST}`, TOO_BIG],
  ['millions of keys', `${HEAD}${lines(3_000_000, (n) => `    key${n}: 1\n`)}${HOST}`, TOO_BIG],
  ['nothing but lists', listOf('[],'), TOO_DENSE],
  ['nothing but pairs', listOf('a:,'), TOO_DENSE],
  ['nothing but aliases', `a: &a 1\n${listOf('*a,')}`, TOO_DENSE],
  ['a huge range', `${HEAD}  hosts: { "mx[1:100000000]": }\n`, /:4:12 .*: expected at most 10000 hosts/],
  [
    'many ranges',
    `${HEAD}  hosts: {${lines(30, (n) => ` "m${n}x[1:9999]": ,`)} }\n`,
    /expected at most 10000 hosts, got more/,
  ],
  [
    'one range again and again',
    `${HEAD}${lines(500, (n) => `g${n}: { hosts: { "mx[1:9999]": } }\n`)}`.replace(HEAD, ''),
    /expected at most 10000 hosts, got more/,
  ],
  ['a range of ranges', `${HEAD}  hosts: { "mx${'[1:2]'.repeat(150)}": }\n`, /expected at most 10000 hosts/],
  ['a name of 3 MB', `${HEAD}  hosts: { ${'a'.repeat(3_000_000)}: }\n`, /at most 1000 characters/],
  [
    'groups in a circle of 50,000',
    lines(50_000, (n) => `g${n}: { children: { g${(n + 1) % 50_000}: } }\n`),
    /expected groups without circles, got "g\d+", which contains itself/,
  ],
  [
    'names of networks in a chain of 50,000',
    `${HEAD}    mailfw_networks:\n${lines(50_000, (n) => `      n${n}: [n${n + 1}]\n`)}${HOST}`,
    /:4:5 .*: expected at most 1000 names of networks, got 50000/,
  ],
  [
    'more problems than anybody reads',
    `${HEAD}${lines(20_000, (n) => `    mailfw_k${n}: 1\n`)}${HOST}`,
    /1001 problems .*\n.*expected less than 1000 problems, got more, and looked no further/,
  ],
  [
    'a long list of wrong values',
    `${HEAD}    mailfw_blocklist: [${'1,'.repeat(200_000)}]\n${HOST}`,
    /expected a list of at most 20000 items, got 200000/,
  ],
])('refuses %s, in bounded memory and time', async (_what, text, message) => {
  await expectRefusal(written({ 'inventory.yaml': text }), message)
})

test.each(['group_vars/all.yml', 'host_vars/mx1', 'group_vars/all/x.json'])(
  'refuses the same in %s',
  async (name) => {
    const inventory = { 'inventory.yaml': HEAD + HOST }
    const bomb = laughs((a) => `[${`${a},`.repeat(10)}]`, 11)
    await expectRefusal(written({ ...inventory, [name]: bomb }), new RegExp(`${name}${TOO_MANY.source}`))
    const big = `x: ${'a'.repeat(50_000_000)}\n`
    await expectRefusal(written({ ...inventory, [name]: big }), TOO_BIG)
  },
)

test('refuses many large files together', async () => {
  const groups = lines(60, (n) => `g${n}: { hosts: { mx1: } }\n`)
  const files = Array.from({ length: 60 }, (_, n) => [
    `group_vars/g${n}.yml`,
    `x: ${'a'.repeat(4_000_000)}\n`,
  ])
  const inventory = written({
    'inventory.yaml': `${HEAD}${groups}`,
    ...(Object.fromEntries(files) as Record<string, string>),
  })
  await expectRefusal(inventory, /group_vars: expected files of at most 16777216 characters in all, got more/)
})

test.each([
  ['a directory', 'mkdir inventory.yaml', /expected one inventory file in YAML, got a directory/],
  ['a named pipe that nobody writes', 'mkfifo inventory.yaml', /expected a file, got a named pipe/],
  ['a device without an end', 'ln -s /dev/zero inventory.yaml', /expected a file, got a device/],
  ['nothing', 'ln -s nowhere inventory.yaml', /expected a file, got nothing of that name/],
])('refuses an inventory that is %s', async (_what, script, message) => {
  const directory = dirname(written({ other: '' }))
  execFileSync('sh', ['-c', script], { cwd: directory })
  await expectRefusal(join(directory, 'inventory.yaml'), message)
})

test('refuses an inventory that is a socket', async () => {
  const path = join(dirname(written({ other: '' })), 'inventory.yaml')
  const server = createServer().listen(path)
  await expectRefusal(path, /expected a file, got a socket/)
  server.close()
})

test('reads an inventory that a program writes', async () => {
  const inventory = written({ 'inventory.yaml': HEAD + HOST })
  const { code } = await run(['sh', '-c', 'cat "$0" | "$@"', inventory, ...MAILFW, 'render', '/dev/stdin'])
  expect(code).toBe(0)
})

async function expectRefusal(inventory: string, message: RegExp): Promise<void> {
  const { code, stdout, stderr, megabytes, seconds } = await run([...MAILFW, 'render', inventory])
  expect(stderr).toMatch(message)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).not.toMatch(/^ +at /m)
  expect(megabytes).toBeLessThan(MOST_MEGABYTES)
  expect(seconds).toBeLessThan(MOST_SECONDS)
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly megabytes: number
  readonly seconds: number
}

/** Has Node tell, when it leaves, what getrusage(2) says: the most memory that it had at once, and its time on a processor. */
const TELL_USAGE = `--import data:text/javascript,import{writeSync}from'node:fs';process.on('exit',()=>writeSync(3,JSON.stringify(process.resourceUsage())))`

async function run([program = '', ...words]: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], NODE_OPTIONS: TELL_USAGE }
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], timeout: 60_000 })
  const texts = child.stdio.slice(1).map((stream) => textOf(stream as Readable))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const [stdout = '', stderr = '', usage = ''] = await Promise.all(texts)
  return { code, stdout, stderr, ...costOf(usage) }
}

/** Not the time on the clock, which depends on what else the machine does. Without a word from Node it was killed. */
function costOf(usage: string): Pick<Ended, 'megabytes' | 'seconds'> {
  if (!usage.startsWith('{')) return { megabytes: Infinity, seconds: Infinity }
  const { maxRSS, userCPUTime, systemCPUTime } = JSON.parse(usage) as NodeJS.ResourceUsage
  return { megabytes: maxRSS / 1024, seconds: (userCPUTime + systemCPUTime) / 1e6 }
}

async function textOf(stream: Readable): Promise<string> {
  const chunks = (await stream.toArray()) as Buffer[]
  return Buffer.concat(chunks).toString()
}
