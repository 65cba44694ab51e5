import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import pLimit from 'p-limit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SshConfig } from '../../src/transport/config/ssh-config.ts'
import { targetOf } from '../../src/transport/config/target-of.ts'
import type { Target } from '../../src/transport/target.ts'
import type { Home } from './sshd.ts'
import { makeHome, makeKey } from './sshd.ts'

let home: Home
let sshdConfig: string

beforeAll(() => {
  home = makeHome()
  sshdConfig = join(home.path, 'sshd_config')
  writeFileSync(sshdConfig, `HostKey ${makeKey(join(home.path, 'host-key'))}\nUsePAM no\nLogLevel QUIET\n`)
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
})

afterAll(() => {
  home.remove()
})

const PLAIN = [
  'mx1',
  'mx2.example.net',
  'mx-3.example.net',
  '192.0.2.1',
  '127.0.0.1',
  'xn--bcher-kva.example',
]
/** ssh rewrites or refuses many of these, and some it leaves as they are. */
const OTHERS = [
  ...['127.1', '0x7f.1', '0x7f000001', '2130706433', '192.0.2.01', '192.0.2.256', '08.1.2.3', '10', '1e3'],
  ...['bob@mx1', 'bob@127.1', 'a@b@mx1', 'ssh://mx1', 'ssh://bob@mx1:2222', 'ssh://[::1]:2222', 'mx1:2222'],
  ...['::1', '0:0:0:0:0:0:0:1', '2001:DB8::1', '2001:0db8:0::1', '::ffff:192.0.2.1', 'fe80::1%lo', '[::1]'],
  ...['MX1', 'Mx2.Example.NET', 'mx1.', '1mx', '1.example.net', 'mx_1', 'mx-', 'mx%h', 'bücher.example'],
  ...['-x', 'a b', 'a,b', 'a;b', '@mx1', 'ssh://', 'localhost.localdomain'],
]
const CONFIGS = [
  '',
  'User carol\nPort 2200\n',
  'Host mx1\n  HostName 192.0.2.7\n  User dave\n',
  'Host 127.*\n  Port 2201\n  HostKeyAlias Loop\n',
  'HostName gateway.example.net\n',
  'HostName %h.internal\n',
  'HostKeyAlias Shared\n',
  'AddressFamily inet6\n',
  'CanonicalizeHostname always\nCanonicalDomains example.net\nCanonicalizeMaxDots 0\n',
  'Match exec "test %n = mx1"\n  Port 2202\n',
]

type Seen = Pick<Target, 'hostName' | 'port' | 'user'> | 'refused'

/** What a run finds out about each name, whoever was asked first. */
async function found(names: readonly string[]): Promise<readonly (Target | 'refused')[]> {
  const environment = { PATH: process.env['PATH'] }
  const config = new SshConfig(environment, () => undefined)
  const local = { home: home.path, user: 'me', environment, configFile: home.config }
  return Promise.all(
    names.map((name) => targetOf({ name, sshArguments: [] }, config, local).catch(() => 'refused' as const)),
  )
}

const limit = pLimit(4)

function ssh(words: readonly string[]): Promise<{ stdout: string; stderr: string; failed: boolean }> {
  return limit(
    () =>
      new Promise((resolve) => {
        const child = execFile('ssh', words, (error, stdout, stderr) => {
          resolve({ stdout, stderr, failed: error !== null })
        })
        child.stdin?.end()
      }),
  )
}

async function asSshSays(name: string): Promise<Seen> {
  const { stdout, failed } = await ssh(['-G', '-F', home.config, '--', name])
  if (failed) return 'refused'
  const said = (keyword: string) => new RegExp(`^${keyword} (.*)$`, 'm').exec(stdout)?.[1] ?? ''
  return { hostName: said('hostname'), port: Number(said('port')), user: said('user') }
}

test('a name leads to the same host, port and user as for ssh, whatever names came before it', async () => {
  const names = fc.uniqueArray(fc.constantFrom(...PLAIN, ...OTHERS), { minLength: 2, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(names, fc.constantFrom(...CONFIGS), async (asked, config) => {
      writeFileSync(home.config, config)
      const [ours, theirs] = await Promise.all([found(asked), Promise.all(asked.map(asSshSays))])
      for (const [index, name] of asked.entries()) {
        const target = ours[index] ?? 'refused'
        const { hostName, port, user } = target === 'refused' ? NOTHING : target
        const seen = target === 'refused' ? target : { hostName, port, user }
        expect([name, seen]).toEqual([name, theirs[index]])
      }
    }),
    { numRuns: 25 },
  )
})

const NOTHING = { hostName: '', port: 0, user: '' }

const LOOKED_UP = [
  ...['mx1', '192.0.2.1', '127.1', 'bob@127.1', 'ssh://bob@MX1:2222', '2001:DB8::1', '2001:0db8:0::1'],
  ...['fe80::1%lo', 'MX2', 'mx1.', '1mx', 'mx_1', '-x'],
]

/** The name under which ssh itself misses a host key, from a real sshd. */
async function nameInKnownHosts(name: string): Promise<string | undefined> {
  const none = ['UserKnownHostsFile=/dev/null', 'GlobalKnownHostsFile=/dev/null']
  const strict = ['StrictHostKeyChecking=yes', 'KexAlgorithms=curve25519-sha256']
  const options = [...strict, ...none, `ProxyCommand=/usr/sbin/sshd -i -f ${sshdConfig}`]
  const words = options.flatMap((option) => ['-o', option])
  const { stderr } = await ssh(['-F', home.config, ...words, '--', name, 'true'])
  return /host key is known for (.*) and you have requested/.exec(stderr)?.[1]
}

test.each(['', 'Match host 127.0.0.1\n  HostKeyAlias Loop\nMatch all\n  Port 2200\n'])(
  'a host key is looked up under the name that ssh looks it up under: %j',
  async (config) => {
    writeFileSync(home.config, config)
    const [ours, theirs] = await Promise.all([found(LOOKED_UP), Promise.all(LOOKED_UP.map(nameInKnownHosts))])
    for (const [index, name] of LOOKED_UP.entries()) {
      const target = ours[index] ?? 'refused'
      const looked = target === 'refused' ? undefined : target.hostKeys.name
      expect([name, looked]).toEqual([name, theirs[index]])
    }
  },
)
