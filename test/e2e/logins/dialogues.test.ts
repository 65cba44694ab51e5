import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../../lab/describe-lab.ts'
import type { HostSpec } from '../../lab/host-spec.ts'
import type { Lab } from '../../lab/lab.ts'
import { createLab } from '../../lab/lab.ts'
import type { Run } from '../mailfw.ts'
import { mailfw, OPEN } from '../mailfw.ts'
import { DOAS, SUDO_RS } from './stand-ins.ts'

/** sshd asks PAM after the key. */
const PAM = [
  'UsePAM yes',
  'KbdInteractiveAuthentication yes',
  'AuthenticationMethods publickey,keyboard-interactive',
]
const pamSays = (...lines: readonly string[]) =>
  `printf '%s\\n' ${[...lines, 'account required pam_permit.so', 'session required pam_permit.so'].map((line) => `'${line}'`).join(' ')} >/etc/pam.d/sshd\n`
const EXPIRED = 'chage -d 0 admin'
const SILENT = pamSays('auth required pam_permit.so')
const startUp = (line: string) => `echo '${line}' >>/root/.bashrc\n`

const DEPLOYED: readonly HostSpec[] = [
  { name: 'silent', sshdOptions: PAM, setup: SILENT },
  { name: 'silent-only', sshdOptions: [...PAM.slice(0, 2), 'PubkeyAuthentication no'], setup: SILENT },
  { name: 'key-and-password', sshdOptions: ['AuthenticationMethods publickey,password'] },
  { name: 'key-and-question', sshdOptions: PAM, setup: pamSays('auth required pam_unix.so') },
  { name: 'root-become', without: ['sudo'] },
  { name: 'sudo-rs', user: 'sudo-password', setup: SUDO_RS },
  { name: 'doas', user: 'plain', setup: DOAS },
]

interface Refused {
  readonly spec: HostSpec
  readonly outcome?: 'unreachable'
  readonly code: string
  readonly sentence: RegExp
}

const REFUSED: readonly Refused[] = [
  {
    spec: { name: 'question', sshdOptions: PAM, setup: pamSays('auth required pam_unix.so') },
    outcome: 'unreachable',
    code: 'login',
    sentence:
      /^cannot log in as root at [\d.]+:22: accepted: the key ~\/\.ssh\/id_ed25519; the server asks "Password:", which only a person can answer$/,
  },
  {
    spec: { name: 'half', sshdOptions: ['AuthenticationMethods publickey,password'] },
    outcome: 'unreachable',
    code: 'login',
    sentence: /: accepted: the key ~\/\.ssh\/id_ed25519; the server also wants password$/,
  },
  {
    spec: { name: 'terminal', user: 'sudo', setup: 'sed -i "1i Defaults requiretty" /etc/sudoers' },
    code: 'sudo-refused',
    sentence:
      /^sudo wants a terminal, and mailfw gives it none; it said: sudo: sorry, you must have a tty to run sudo; a line for sudoers: Defaults:admin !requiretty$/,
  },
  {
    spec: { name: 'expired', user: 'sudo', sshdOptions: ['UsePAM yes'], setup: EXPIRED },
    code: 'no-shell',
    sentence:
      /^the password of this login has expired, and sshd starts no program until there is a new one: log in with ssh and change it$/,
  },
  {
    spec: { name: 'expired-sudo', user: 'sudo-password', setup: EXPIRED },
    code: 'sudo-refused',
    sentence:
      /^the password of admin has expired, and sudo wants a new one: .*Account or password is expired/,
  },
  {
    spec: { name: 'wrong-rs', user: 'sudo-password', setup: SUDO_RS },
    code: 'sudo-password',
    sentence: /^sudo did not accept the password$/,
  },
  {
    spec: { name: 'not-permitted', user: 'plain' },
    code: 'sudo-refused',
    sentence:
      /^sudo does not let this user become root; it said: admin is not in the sudoers file.*; a line for sudoers: admin ALL=\(root\) NOPASSWD: \/bin\/sh, \/usr\/bin\/sh$/,
  },
  {
    spec: { name: 'doas-password', user: 'plain', setup: DOAS.replace('permit nopass', 'permit') },
    code: 'sudo-refused',
    sentence:
      /^doas .*a password alone, and takes that at a terminal only; it said: doas: Authentication required; a line for \/etc\/doas\.conf: permit nopass admin as root cmd sh$/,
  },
  {
    spec: { name: 'doas-missing', user: 'plain' },
    code: 'sudo-missing',
    sentence: /^there is no doas on the host$/,
  },
  {
    spec: { name: 'behind' },
    outcome: 'unreachable',
    code: 'login',
    sentence:
      /^over the jump host [\d.]+:22: cannot log in as root .*; mailfw logs in to a jump host with keys alone, never with a password$/,
  },
  ...['cat >/dev/null', 'read -r line', 'head -c 3000 >/dev/null', 'read -rn 1 key'].map((line, index) => ({
    spec: { name: `reads-${index}`, loginShell: 'bash' as const, setup: startUp(line) },
    code: 'no-shell',
    sentence: /^a start-up file of the login shell, such as ~\/\.bashrc, read what was sent for our program/,
  })),
]

describeLab('dialogues of a login', () => {
  let lab: Lab
  let run: Run
  beforeAll(async () => {
    const bastion = { name: 'bastion', sshdOptions: ['PubkeyAuthentication no'] }
    lab = await createLab([...DEPLOYED, ...REFUSED.map(({ spec }) => spec), bastion])
    const { password } = lab
    const becomes = { ansible_become: true, ansible_become_password: password }
    const doas = { ansible_become: true, ansible_become_method: 'community.general.doas' }
    const inventory = await lab.inventory({
      all: OPEN,
      hosts: {
        'key-and-password': { ansible_password: password },
        'key-and-question': { ansible_password: password },
        'root-become': { ansible_become: true },
        'sudo-rs': becomes,
        doas,
        'expired-sudo': becomes,
        'wrong-rs': { ...becomes, ansible_become_password: 'a-wrong-password' },
        'not-permitted': becomes,
        'doas-password': doas,
        'doas-missing': doas,
        bastion: { ansible_password: password },
        behind: { ansible_ssh_common_args: `-J root@${lab.host('bastion').address}` },
      },
    })
    run = await mailfw(lab, 'deploy', inventory)
  })
  afterAll(() => lab.close())

  it.each(DEPLOYED.map(({ name }) => name))('go as with ssh and sudo: %s', (name) => {
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed', connections: 2 })
  })

  it.each(REFUSED.map((each) => [each.spec.name, each] as const))(
    'end with the fault that was met, and nothing was changed: %s',
    (name, { outcome = 'failed', code, sentence }) => {
      const { message, ...result } = run.host(name)
      expect(result).toMatchObject({ outcome, code })
      expect(message).toMatch(/; nothing was changed$/)
      expect(message.replace(/; nothing was changed$/, '')).toMatch(sentence)
    },
  )

  it.each(REFUSED.map(({ spec }) => spec.name).filter((name) => name.startsWith('reads-')))(
    'run nothing of a program whose head was taken: %s',
    async (name) => {
      expect((await lab.host(name).run('ls -d /run/mailfw /var/lib/mailfw /lab')).stdout).toBe('')
    },
  )
})
