import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommand } from '../lab/command.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { MAILFW, OPEN } from './mailfw.ts'
import { converse } from './terminal.ts'
import { watchProcesses } from './watch-processes.ts'

const PASSPHRASE = 'open sesame 7f3a'
const WRONG = 'wrong-secret-91c2'
/** All that a host can write down, it does. */
const TALKATIVE: Pick<HostSpec, 'sshdOptions' | 'setup'> = {
  sshdOptions: ['LogLevel DEBUG3'],
  setup:
    'sed -i "1i Defaults logfile=/var/log/sudo.log, log_input, log_output, iolog_dir=/var/log/sudo-io" /etc/sudoers',
}
const HOSTS: readonly HostSpec[] = [
  { name: 'right', user: 'sudo-password', ...TALKATIVE },
  { name: 'wrong-login', user: 'sudo-password', ...TALKATIVE },
  { name: 'wrong-sudo', user: 'sudo-password', ...TALKATIVE },
  { name: 'key', ...TALKATIVE },
]

describeLab('a run that uses a password and a passphrase', () => {
  let lab: Lab
  let told = ''
  let seen: readonly string[] = []
  beforeAll(async () => {
    lab = await createLab(HOSTS)
    await lab.controller(['sh', '-c', MAKE_KEY])
    const inventory = await lab.inventory({ all: OPEN, hosts: settings() })
    const watch = watchProcesses(lab.pid)
    const runs = []
    for (const format of ['text', 'json', 'jsonl'])
      runs.push(await ask(['check', inventory, '--output', format, '--diff'], [PASSPHRASE]))
    runs.push(await ask(['deploy', inventory], [PASSPHRASE, 'y']))
    seen = watch.end()
    told = runs.join('\n')
    // What the controller has from us is the inventory, which is where the passwords are from.
    await lab.controller(['rm', inventory])
  })
  afterAll(() => lab.close())

  const settings = () => {
    const right = { ansible_password: lab.password, ansible_become_password: lab.password, ...NO_KEY }
    return {
      right,
      'wrong-login': { ...right, ansible_password: WRONG },
      'wrong-sudo': { ...right, ansible_become_password: WRONG },
      key: { ansible_ssh_private_key_file: '~/encrypted' },
    }
  }
  const ask = async (words: readonly string[], answers: readonly string[]) =>
    (await converse(lab, [...MAILFW, ...words], answers, /(?:: |\[y\/N\] )$/)).shown
  const secrets = () => [lab.password, PASSPHRASE, WRONG]
  const holding = (texts: readonly string[]) =>
    texts.filter((text) => secrets().some((secret) => text.includes(secret)))

  it('came to every end that it was to come to', () => {
    expect(told).toContain('Passphrase for the key ~/encrypted: ')
    for (const end of ['not accepted: the password', 'sudo did not accept the password'])
      expect(told.replaceAll(/\s+/g, ' ')).toContain(end)
    expect(told).toContain('"outcome": "would-change"')
  })

  it('says none of them', () => {
    expect(holding([told])).toEqual([])
  })

  it('shows none in an argument or an environment, on the hosts and here', () => {
    expect(seen.some((text) => text.includes('sudo -S'))).toBe(true)
    expect(seen.some((text) => text.includes('dist/main.js'))).toBe(true)
    expect(holding(seen)).toEqual([])
  })

  it.each(HOSTS.map(({ name }, index) => [name, index + 1] as const))(
    'writes none into any file: %s',
    async (name, number) => {
      expect(await filesWith(name, number, ['debug1: '])).toContain('/var/log/sshd.log')
      expect(await filesWith(name, number, secrets())).toBe('')
    },
  )

  it('writes none into any file of the controller', async () => {
    const journals = await lab.controller(['sh', '-c', 'cat .local/state/mailfw/journal/*'])
    expect(journals.stdout.match(/"event":"end"/g)).toHaveLength(4)
    const words = secrets().flatMap((secret) => ['-e', secret])
    const { stdout } = await lab.controller(['grep', '-rlaF', ...words, lab.home])
    expect(stdout).toBe('')
  })

  /** In the layer that holds all that differs from the machine's own files, and in what is in memory. */
  const filesWith = async (name: string, number: number, texts: readonly string[]) => {
    const patterns = texts.flatMap((text) => ['-e', text])
    const layer = `/proc/${lab.pid}/root${dirname(lab.home)}/hosts/${number}/upper`
    const written = await runCommand(['grep', '-rlaF', '--devices=skip', ...patterns, layer])
    const words = patterns.map((word) => `'${word}'`).join(' ')
    const inMemory = await lab.host(name).run(`grep -rlaF --devices=skip ${words} /run /tmp`)
    return written.stdout + inMemory.stdout
  }
})

const NO_KEY = { ansible_ssh_common_args: '-o PubkeyAuthentication=no -o IdentityFile=none' }
const MAKE_KEY = `cp .ssh/id_ed25519 encrypted && ssh-keygen -q -p -N '${PASSPHRASE}' -f encrypted`
