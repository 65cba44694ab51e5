import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import type { Run } from './mailfw.ts'
import { MAILFW, mailfw, OPEN, TAKES_RULES } from './mailfw.ts'

/** Red, a title for the window, a bell, C1, a carriage return, text that runs backwards. */
const HOSTILE = '\\033[31mred\\033]0;title\\007\\302\\233A\\r\\342\\200\\256back'
const RAW = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/
const writes = (path: string, text: string) => `printf '%b' '${text}' >${path}\n`

const TAKEN: readonly HostSpec[] = [
  { name: 'plain' },
  { name: 'csh', loginShell: 'csh' },
  { name: 'fish', loginShell: 'fish' },
  { name: 'csh-sudo', loginShell: 'csh', user: 'sudo' },
  { name: 'banner', sshdOptions: ['Banner /etc/banner'], setup: writes('/etc/banner', `${HOSTILE}\\n`) },
  {
    name: 'noisy',
    loginShell: 'bash',
    setup: writes('/root/.bashrc', 'seq 20000; seq 1000 >&2; printf unended\\n'),
  },
  {
    name: 'noisy-sudo',
    loginShell: 'bash',
    user: 'sudo',
    setup: writes('/home/admin/.bashrc', 'seq 20000; printf unended\\n'),
  },
  {
    name: 'hostile',
    setup: `
      printf '%b' 'ID=debian\\nPRETTY_NAME="${HOSTILE}"\\nVERSION_ID="${HOSTILE}"\\n' >/etc/os-release
      iptables -A INPUT -s 192.0.2.1 -m comment --comment "$(printf '%b' '${HOSTILE}')" -j DROP
      printf '%b' '${HOSTILE}' | head -c 60 >/proc/sys/kernel/hostname
    `,
  },
]

interface Refused {
  readonly spec: HostSpec
  readonly code: string
  readonly sentence: RegExp
}

const REFUSED: readonly Refused[] = [
  {
    spec: { name: 'nologin', loginShell: 'nologin' },
    code: 'no-shell',
    sentence:
      /^the remote shell did not run our program \(exit status 1; .*\); it said: This account is currently not available\.$/,
  },
  {
    spec: { name: 'forced', sshdOptions: ['Match User root', `ForceCommand printf '%b' '${HOSTILE}'`] },
    code: 'no-shell',
    sentence: /^the remote shell did not run our program \(exit status 0; .*\); it said: \\x1b\[31mred/,
  },
  {
    spec: { name: 'reader', loginShell: 'bash', setup: writes('/root/.bashrc', 'cat >/dev/null\\n') },
    code: 'no-shell',
    sentence:
      /^a start-up file of the login shell, such as ~\/\.bashrc, read what was sent for our program, which did not run; let it leave stdin alone if the shell is not interactive$/,
  },
  {
    spec: { name: 'endless', loginShell: 'bash', setup: writes('/root/.bashrc', 'exec yes\\n') },
    code: 'no-answer',
    sentence: /^the host sent more than any answer can be$/,
  },
  {
    spec: { name: 'endless-errors', loginShell: 'bash', setup: writes('/root/.bashrc', 'exec yes >&2\\n') },
    code: 'no-answer',
    sentence: /^the host sent more than any answer can be$/,
  },
  {
    spec: {
      name: 'endless-sudo',
      user: 'sudo',
      loginShell: 'bash',
      setup: writes('/home/admin/.bashrc', 'exec yes\\n'),
    },
    code: 'no-answer',
    sentence: /^the host sent more than any answer can be$/,
  },
  {
    spec: {
      name: 'hostile-errors',
      setup: `rm /usr/sbin/iptables-save; printf '%s\\n' '#!/bin/sh' 'printf "%b" "${HOSTILE}" >&2; exit 1' >/usr/sbin/iptables-save; chmod 755 /usr/sbin/iptables-save`,
    },
    code: 'no-iptables',
    sentence: /^iptables cannot be used on the host: iptables-save: \\x1b\[31mred/,
  },
]

describeLab('hosts with strange shells and texts', () => {
  let lab: Lab
  let inventory: string
  let run: Run
  beforeAll(async () => {
    lab = await createLab([...TAKEN, ...REFUSED.map(({ spec }) => spec)])
    inventory = await lab.inventory({ all: OPEN })
    run = await mailfw(lab, 'deploy', inventory, '--diff', ...TAKES_RULES)
  })
  afterAll(() => lab.close())

  it.each(REFUSED.map((each) => [each.spec.name, each] as const))(
    'end with a sentence, and nothing was changed: %s',
    (name, { code, sentence }) => {
      expect(run.host(name)).toMatchObject({ outcome: 'failed', code })
      expect(run.host(name).message).toMatch(/; nothing was changed$/)
      expect(run.host(name).message.replace(/; nothing was changed$/, '')).toMatch(sentence)
    },
  )

  it.each(TAKEN.map(({ name }) => name))('are deployed to: %s', (name) => {
    expect(run.host(name)).toMatchObject({ outcome: 'confirmed', connections: 2 })
  })

  it('hold up no other host', () => {
    expect(run.host('plain').seconds).toBeLessThan(run.seconds)
    expect(run.seconds).toBeLessThan(30)
  })

  it('know the session also where the shell was noisy before it', async () => {
    const wrong = await lab.inventory({ all: { ...OPEN, mailfw_ssh: { port: 2222 } } })
    const checked = await mailfw(lab, 'check', wrong, '--limit', 'noisy-sudo,noisy')
    expect(checked.hosts.map(({ code }) => code)).toEqual(['ssh-port-closed', 'ssh-port-closed'])
  })

  it('bring nothing raw into the document', () => {
    expect(run.host('hostile').families.v4?.diff).toContain('\\x1b[31mred')
    const texts = JSON.stringify(run)
    expect(texts).not.toMatch(RAW)
    expect(texts).not.toMatch(/\\u00[01]|\\u007f/)
  })

  it.each([['text'], ['jsonl']])('bring nothing raw to the terminal or into a log: %s', async (format) => {
    const words = ['check', inventory, '--diff', '--output', format]
    const { stdout, stderr } = await lab.controller([...MAILFW, ...words])
    expect(stdout).toContain('hostile')
    expect(stdout).not.toMatch(RAW)
    expect(stderr).not.toMatch(RAW)
  })
})
