import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { MAILFW, mailfw, OPEN } from './mailfw.ts'
import { converse } from './terminal.ts'
import { watchProcesses } from './watch-processes.ts'

const WRONG = 'a-wrong-password'
const NO_KEYS = ['PubkeyAuthentication no']
const LOGGED: Pick<HostSpec, 'setup'> = {
  setup: 'sed -i "1i Defaults logfile=/var/log/sudo.log" /etc/sudoers',
}
const specs: readonly HostSpec[] = [
  { name: 'garbled-key' },
  { name: 'open-key' },
  { name: 'missing-key' },
  { name: 'directory-key' },
  { name: 'encrypted-key' },
  { name: 'password', sshdOptions: NO_KEYS },
  { name: 'wrong-password', sshdOptions: [...NO_KEYS, 'MaxAuthTries 2'] },
  { name: 'sudo', user: 'sudo' },
  { name: 'sudo-password', user: 'sudo-password', ...LOGGED },
  { name: 'sudo-wrong', user: 'sudo-password', ...LOGGED },
  { name: 'sudo-unasked', user: 'sudo-password' },
  { name: 'sudo-missing', user: 'sudo', without: ['sudo'] },
  { name: 'sudo-forbidden', user: 'plain' },
]

/** How each ends, by code and by the sentence without the state of the host. */
const REFUSED: Readonly<Record<string, readonly [outcome: string, code: string, sentence: RegExp]>> = {
  'garbled-key': [
    'unreachable',
    'key-file',
    /^the key ~\/garbled cannot be used: not a private key in a format known here/,
  ],
  'open-key': [
    'unreachable',
    'key-file',
    /^the key ~\/open cannot be used: others may read it \(mode 0644\); chmod 600 ~\/open$/,
  ],
  'missing-key': ['unreachable', 'key-file', /^the key ~\/missing cannot be used: no such file$/],
  'directory-key': ['unreachable', 'key-file', /^the key ~\/\.ssh cannot be used: it is a directory$/],
  'encrypted-key': [
    'unreachable',
    'key-file',
    /^cannot log in as root at [\d.]+:22: the key ~\/encrypted cannot be used: it is encrypted, and there is no terminal to ask for its passphrase; ssh-add ~\/encrypted hands it to the agent$/,
  ],
  'wrong-password': [
    'unreachable',
    'login',
    /^cannot log in as root at [\d.]+:22: not accepted: the password; the server accepts password$/,
  ],
  'sudo-wrong': ['failed', 'sudo-password', /^sudo did not accept the password$/],
  'sudo-unasked': [
    'failed',
    'sudo-refused',
    /^sudo does not let this user become root without a password \(give it with -K\); it said: /,
  ],
  'sudo-missing': ['failed', 'sudo-missing', /^there is no sudo on the host$/],
  'sudo-forbidden': [
    'failed',
    'sudo-refused',
    /^sudo does not let this user become root; it said: admin is not in the sudoers file/,
  ],
}

describeLab('logging in', () => {
  let lab: Lab
  let run: Run
  let seen: readonly string[]
  beforeAll(async () => {
    lab = await createLab(specs)
    await lab.controller(['sh', '-c', MAKE_KEYS])
    const inventory = await lab.inventory({ all: OPEN, hosts: settings() })
    const watch = watchProcesses()
    run = await mailfw(lab, 'deploy', inventory)
    seen = watch.end()
  })
  afterAll(() => lab.close())

  const settings = () => ({
    'garbled-key': { ansible_ssh_private_key_file: '~/garbled' },
    'open-key': { ansible_ssh_private_key_file: '~/open' },
    'missing-key': { ansible_ssh_private_key_file: '~/missing' },
    'directory-key': { ansible_ssh_private_key_file: '~/.ssh' },
    'encrypted-key': { ansible_ssh_private_key_file: '~/encrypted' },
    password: { ansible_password: lab.password },
    'wrong-password': { ansible_password: WRONG },
    'sudo-password': { ansible_become_password: lab.password },
    'sudo-wrong': { ansible_become_password: WRONG },
    'sudo-forbidden': { ansible_become: true, ansible_become_password: lab.password },
  })
  const ask = (words: readonly string[], answers: readonly string[]) =>
    converse(lab, [...MAILFW, ...words], answers)

  it.each(Object.keys(REFUSED))('ends with a sentence, and nothing was changed: %s', (name) => {
    const [outcome, code, sentence] = REFUSED[name] ?? []
    expect(run.host(name)).toMatchObject({ outcome, code })
    expect(run.host(name).message).toMatch(/; nothing was changed$/)
    expect(run.host(name).message.replace(/; nothing was changed$/, '')).toMatch(sentence ?? '')
  })

  it.each(['password', 'sudo', 'sudo-password'])('is done by %s, and holds up no other host', (name) => {
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed', connections: 2 })
  })

  it('tries a wrong password once', async () => {
    const host = lab.host('wrong-password')
    expect(await host.succeed('grep -c "^Failed password" /var/log/sshd.log')).toBe('1\n')
    const sudo = await lab
      .host('sudo-wrong')
      .succeed('grep -o "[0-9]* incorrect password attempt" /var/log/sudo.log')
    expect(sudo).toBe('1 incorrect password attempt\n')
    expect(await lab.host('sudo-password').run('grep incorrect /var/log/sudo.log')).toMatchObject({ code: 1 })
  })

  it('shows a password in no argument and no environment, on the host and here', () => {
    expect(seen.some((text) => text.includes('sh -s'))).toBe(true)
    expect(seen.filter((text) => text.includes(lab.password) || text.includes(WRONG))).toEqual([])
  })

  it('writes a password nowhere', async () => {
    const told = JSON.stringify(run)
    expect([told.includes(lab.password), told.includes(WRONG)]).toEqual([false, false])
    for (const name of ['password', 'sudo-password', 'sudo-wrong', 'wrong-password']) {
      const found = await lab
        .host(name)
        .run(
          `grep -rlF -e '${lab.password}' -e '${WRONG}' /run /var/lib/mailfw /var/log /etc/iptables /root /home /tmp`,
        )
      expect([name, found.stdout]).toEqual([name, ''])
    }
  })

  it('takes the sudo password from a file', async () => {
    const inventory = await lab.inventory({ all: OPEN })
    const file = `${lab.home}/secret`
    await lab.controller(['sh', '-c', `umask 077; cat >${file}`], { input: `${lab.password}\n` })
    const limited = ['--limit', 'sudo-unasked', '--become-password-file', file]
    expect((await mailfw(lab, 'check', inventory, ...limited)).host('sudo-unasked').outcome).toBe(
      'would-change',
    )
    const login = ['--limit', 'password', '--connection-password-file', file]
    expect((await mailfw(lab, 'check', inventory, ...login)).host('password').outcome).toBe('unchanged')
  })

  it('asks for passwords on a terminal, without an echo', async () => {
    const inventory = await lab.inventory({ all: OPEN })
    const both = await ask(
      ['check', inventory, '-k', '-K', '-l', 'sudo-password,password'],
      [lab.password, ''],
    )
    expect(both.shown).toContain('Login password: ')
    expect(both.shown).toContain('Sudo password (empty: the login password): ')
    expect(both.shown).toMatch(/2 hosts in .*2 unchanged/)
    expect(both.shown).not.toContain(lab.password)
  })

  it('asks for a password nowhere else, and contacts nobody then', async () => {
    const inventory = await lab.inventory({ all: OPEN })
    const before = await lab.host('sudo').succeed('wc -c </var/log/sshd.log')
    const result = await lab.controller([...MAILFW, 'check', inventory, '-K'])
    expect(result).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'mailfw: -K asks for a password on the terminal, but stdin or stderr is none. Nothing was contacted.\n',
    })
    expect(await lab.host('sudo').succeed('wc -c </var/log/sshd.log')).toBe(before)
  })

  it('asks for the passphrase of a key once, for all hosts', async () => {
    const inventory = await lab.inventory({ all: { ...OPEN, ansible_ssh_private_key_file: '~/encrypted' } })
    const { shown } = await ask(['check', inventory, '-l', '*-key,sudo'], ['open sesame'])
    expect(shown.match(/Passphrase for the key ~\/encrypted: /g)).toHaveLength(1)
    expect(shown).not.toContain('open sesame')
    expect(shown).toMatch(/6 hosts in .*1 unchanged, 5 would-change/)
  })

  it('says that a passphrase was wrong', async () => {
    const inventory = await lab.inventory({ all: { ...OPEN, ansible_ssh_private_key_file: '~/encrypted' } })
    const { shown } = await ask(['check', inventory, '-l', 'sudo'], ['guess'])
    expect(shown.replaceAll(/\s+/g, ' ')).toContain(
      'the key ~/encrypted cannot be used: the passphrase is wrong; nothing was changed',
    )
  })

  it('takes keys from the agent', async () => {
    const inventory = await lab.inventory({ all: OPEN })
    const words = ['check', inventory, '--output', 'json', '--limit', 'sudo']
    const script =
      'mv ~/.ssh/id_ed25519 ~/hidden; eval "$(ssh-agent)" >/dev/null; ssh-add -q ~/hidden; "$@"; code=$?; mv ~/hidden ~/.ssh/id_ed25519; kill $SSH_AGENT_PID; exit $code'
    const { code, stdout } = await lab.controller(['sh', '-c', script, 'sh', ...MAILFW, ...words])
    expect([code, stdout]).toEqual([0, expect.stringContaining('"outcome": "unchanged"') as string])
  })
})

const MAKE_KEYS = `
cp .ssh/id_ed25519 open && chmod 644 open
cp .ssh/id_ed25519 encrypted && ssh-keygen -q -p -N 'open sesame' -f encrypted
echo garbage >garbled && chmod 600 garbled
`
