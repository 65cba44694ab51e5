import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { MAILFW, mailfw, OPEN } from './mailfw.ts'

const UNKNOWN: readonly HostSpec[] = [
  { name: 'mx1' },
  { name: 'mx2' },
  { name: 'mx3', sshPort: 2222 },
  { name: 'alias' },
  { name: 'over-ipv6' },
  { name: 'behind' },
]
const REFUSED: readonly HostSpec[] = [{ name: 'changed' }, { name: 'revoked' }]
const KNOWN: readonly HostSpec[] = [{ name: 'jump' }, { name: 'hashed', sshPort: 2222 }]

describeLab('host keys', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([...UNKNOWN, ...REFUSED, ...KNOWN], { knownHosts: false })
    inventory = await lab.inventory({
      all: OPEN,
      hosts: {
        alias: { ansible_host: 'alias-by-config' },
        'over-ipv6': { ansible_host: lab.host('over-ipv6').address6 },
        behind: { ansible_ssh_common_args: `-J root@${address('jump')}` },
      },
    })
  })
  afterAll(() => lab.close())

  const address = (name: string) => lab.host(name).address
  const shell = (script: string) => lab.controller(['sh', '-c', script])
  const names = (specs: readonly HostSpec[]) => specs.map(({ name }) => name)
  const knownHosts = () => readFile(`${lab.home}/.ssh/known_hosts`, 'utf8')
  /** As they are before each of the two ways to record keys. */
  const forget = () =>
    shell(`
      set -e
      ssh-keygen -q -t ed25519 -N '' -f other <<END
y
END
      rm -f .ssh/other_known
      echo "${address('changed')} $(cut -d ' ' -f 1,2 other.pub)" >.ssh/known_hosts
      ssh-keyscan -t ed25519 ${address('revoked')} 2>/dev/null | sed 's/^/@revoked /' >>.ssh/known_hosts
      ssh-keyscan -t ed25519 ${address('jump')} 2>/dev/null >>.ssh/known_hosts
      ssh-keyscan -H -p 2222 -t ed25519 ${address('hashed')} 2>/dev/null >>.ssh/known_hosts
      printf '%s\\n' 'Host alias-by-config' 'HostName ${address('alias')}' 'HostKeyAlias my-alias' 'UserKnownHostsFile ~/.ssh/other_known' >.ssh/config
    `)
  const expectRefusals = (run: Awaited<ReturnType<typeof mailfw>>) => {
    expect(run.host('changed').code).toBe('host-key-changed')
    expect(run.host('changed').message).toMatch(
      /^the host key of [\d.]+:22 has changed: expected ssh-ed25519 SHA256:\S+ \(\S+known_hosts:1\), got ssh-ed25519 SHA256:\S+; where you know why, remove the old one: ssh-keygen -R '[\d.]+' -f \S+known_hosts; nothing was changed$/,
    )
    expect(run.host('revoked').code).toBe('host-key-revoked')
    expect(run.host('revoked').message).toMatch(
      / is revoked by \S+known_hosts:2: ssh-ed25519 SHA256:\S+; nothing was changed$/,
    )
    for (const name of names(REFUSED)) expect(run.host(name).outcome).toBe('unreachable')
  }

  it('that nobody knows are refused in one sentence, with commands that record them', async () => {
    await forget()
    const before = await knownHosts()
    const { code, stdout } = await lab.controller([...MAILFW, 'check', inventory])
    expect(code).toBe(4)
    expect(stdout.match(/host keys are not in known_hosts/g)).toHaveLength(1)
    for (const name of names(UNKNOWN)) {
      const key = await lab.host(name).succeed('ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key')
      expect(stdout).toMatch(
        new RegExp(`^ +${name} +ssh-ed25519 ${(key.split(' ')[1] ?? '').replaceAll('+', '\\+')}$`, 'm'),
      )
    }
    expect(await knownHosts()).toBe(before)
    const commands = [...stdout.matchAll(/^ {17}(.*ssh-keyscan .*)$/gm)].map(([, command]) => command ?? '')
    expect(commands).toHaveLength(4)
    for (const command of commands) expect(await shell(command)).toMatchObject({ code: 0 })
    const then = await mailfw(lab, 'check', inventory)
    for (const name of [...names(UNKNOWN), ...names(KNOWN)])
      expect(then.host(name).outcome).toBe('would-change')
    expectRefusals(then)
  })

  it('of a single host read as well', async () => {
    await forget()
    const { stdout } = await lab.controller([...MAILFW, 'check', inventory, '--limit', 'mx3'])
    expect(stdout).toContain(
      `ssh-keyscan -p 2222 -t ed25519 ${address('mx3')} >> ${lab.home}/.ssh/known_hosts\n`,
    )
    expect(stdout).toMatch(/^unreachable {4}mx3\n +Its host key is not in known_hosts/m)
  })

  it('of a jump host are said to be its own', async () => {
    await shell(`sed -i '/^${address('jump')} /d' .ssh/known_hosts`)
    const { message, fingerprint } = (await mailfw(lab, 'check', inventory, '--limit', 'behind')).host(
      'behind',
    )
    expect(message).toMatch(/^over the jump host [\d.]+:22: the host key of [\d.]+:22 is not known: /)
    expect(fingerprint).toBeUndefined()
  })

  it('are recorded with --accept-new-host-keys, and changed or revoked ones refused all the same', async () => {
    await forget()
    const first = await mailfw(lab, 'deploy', inventory, '--accept-new-host-keys')
    for (const name of [...names(UNKNOWN), ...names(KNOWN)])
      expect(first.host(name).outcome).toBe('confirmed')
    expectRefusals(first)
    const found = await shell(
      `for name in ${address('mx1')} ${address('mx2')} '[${address('mx3')}]:2222' ${lab.host('over-ipv6').address6} ${address('behind')}; do ssh-keygen -F "$name" >/dev/null || echo "$name"; done; ssh-keygen -F my-alias -f .ssh/other_known >/dev/null || echo my-alias`,
    )
    expect(found.stdout).toBe('')
    const second = await mailfw(lab, 'check', inventory)
    for (const name of names(UNKNOWN)) expect(second.host(name).outcome).toBe('unchanged')
    expectRefusals(second)
  })
})
