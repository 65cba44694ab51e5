import { homedir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import { hostWith, load, loadHost, LOGIN, problemsOf } from './inventories.ts'

const FLAGS = {
  ...LOGIN,
  user: 'flag',
  port: 2200,
  keyFile: 'flag-key',
  password: new Secret('flag-secret'),
  become: true,
}

test('takes the flags where the inventory says nothing', async () => {
  const { login } = await loadHost(hostWith('mailfw_services: {}'), { login: FLAGS })
  expect(login).toEqual({ ...FLAGS, sshArguments: [] })
})

test('lets the variables of the inventory beat the flags', async () => {
  const { login } = await loadHost(
    hostWith(
      ...['mailfw_services: {}', 'ansible_host: 192.0.2.1', 'ansible_port: "2222"', 'ansible_user: root'],
      ...[
        'ansible_ssh_private_key_file: ~/.ssh/id',
        'ansible_become: "no"',
        'ansible_password: inventory-secret',
      ],
      `ansible_ssh_common_args: -J bastion -o 'ProxyCommand=ssh -W %h:%p "a b"'`,
      'ansible_ssh_extra_args: "-v"',
    ),
    { login: FLAGS },
  )
  expect(login).toMatchObject({
    address: '192.0.2.1',
    port: 2222,
    user: 'root',
    keyFile: join(homedir(), '.ssh/id'),
    become: false,
    sshArguments: ['-J', 'bastion', '-o', 'ProxyCommand=ssh -W %h:%p "a b"', '-v'],
  })
  expect(login.password?.reveal()).toBe('inventory-secret')
})

test('reads the older names of variables', async () => {
  const { login } = await loadHost(
    hostWith(
      'mailfw_services: {}',
      'ansible_ssh_host: 192.0.2.1',
      'ansible_ssh_port: 2222',
      'ansible_ssh_user: old',
    ),
  )
  expect(login).toMatchObject({ address: '192.0.2.1', port: 2222, user: 'old' })
})

test('shows no password, whatever prints the host', async () => {
  const host = await loadHost(
    hostWith(
      'mailfw_services: {}',
      'ansible_password: swordfish',
      'ansible_become_pass: swordfish',
      'ansible_ssh_pass: 7007',
    ),
  )
  expect(JSON.stringify(host) + inspect(host, { depth: 9 })).not.toMatch(/swordfish|7007/)
  expect(host.login.becomePassword?.reveal()).toBe('swordfish')
  expect(host.login.password?.reveal()).toBe('7007')
})

test('shows no password in a message about the file that holds it', async () => {
  const broken = problemsOf(loadHost('all:\n  vars:\n    ansible_password: "swordfish\n  x: 1\n'))
  const wrong = problemsOf(loadHost(hostWith('mailfw_services: {}', 'ansible_password: [swordfish]')))
  expect([...(await broken), ...(await wrong)].join('\n')).not.toContain('swordfish')
})

test.each(['!vault |\n          3132', '"{{ vault_password }}"'])(
  'asks for no password that only Ansible can read, %s, where a flag gives one or it is not needed',
  async (value) => {
    const lines = ['mailfw_services: {}', `ansible_become_password: ${value}`, 'ansible_become: yes']
    const given = new Secret('given')
    const { login } = await loadHost(hostWith(...lines), { login: { ...LOGIN, becomePassword: given } })
    expect(login.becomePassword).toBe(given)
    const text = hostWith(...lines)
    expect((await loadHost(text, { login: { ...LOGIN, offline: true } })).login).not.toHaveProperty(
      'becomePassword',
    )
    const other = `${text}    mx2: { mailfw_services: {} }\n`
    expect((await load(other, { limit: 'mx2' })).hosts.map(({ name }) => name)).toEqual(['mx2'])
    expect(await problemsOf(load(other))).toEqual([expect.stringContaining('give the password with -K')])
    const [services = '', password = ''] = lines
    expect((await loadHost(hostWith(services, password))).login.become).toBe(false)
  },
)

test.each([
  ['sudo', undefined],
  ['ansible.builtin.sudo', undefined],
  ['doas', 'doas'],
  ['community.general.doas', 'doas'],
])('becomes root by %s', async (method, becomeMethod) => {
  const lines = ['mailfw_services: {}', 'ansible_become: yes', `ansible_become_method: ${method}`]
  expect((await loadHost(hostWith(...lines))).login.becomeMethod).toBe(becomeMethod)
})

test.each([
  ['ansible_port: ssh', 'expected a port from 1 to 65535, got "ssh"'],
  ['ansible_host: "{{ address }}"', 'expected text, got a {{ … }} template, which only Ansible can read'],
  ['ansible_host: -oProxyCommand=x', 'expected an address or a host name, got "-oProxyCommand=x"'],
  ['ansible_user: "a b"', 'expected a user name, got "a b"'],
  [
    'ansible_password: !vault |\n          3132',
    'expected text, got a !vault value, which only Ansible can read; give the password with -k',
  ],
  ['ansible_become: maybe', 'expected true or false, got "maybe"'],
  ['ansible_ssh_args: "-o \'x"', 'expected arguments whose quotes are closed'],
  ['ansible_ssh_args: "-v mx2 id"', 'expected options of ssh, got "mx2"'],
  ['ansible_ssh_args: "-v -o"', 'expected a value behind the last option of ssh, got none'],
  ['ansible_user: "x;id"', 'expected a user name, got "x;id"'],
  ['ansible_user: "x\\\\"', 'expected a user name, got "x\\"'],
  ['ansible_become_password: "x\\nid"', 'expected a password of one line'],
  ['ansible_private_key_file: "x\\0"', 'expected the name of a file, got "x\\x00"'],
  ['ansible_connection: docker', 'expected ssh or local, got "docker"'],
])('refuses %s', async (line, message) => {
  const [name = ''] = line.split(':')
  const problems = await problemsOf(loadHost(hostWith('mailfw_services: {}', line)))
  expect(problems).toEqual([`inventory.yaml:5:7 mail.hosts.mx1.${name}: ${message}`])
})

test.each(['DOMAIN\\user', 'first.last@realm', 'machine$', 'a+b', 'Änne'])('logs in as %s', async (user) => {
  const host = await loadHost(hostWith('mailfw_services: {}', `ansible_user: '${user}'`))
  expect(host.login.user).toBe(user)
})

test.each([
  ['ansible_become_method: su', 'expected sudo or doas, for mailfw knows no other way, got "su"'],
  ['ansible_become_user: postfix', 'expected root, for no other user can load rules, got "postfix"'],
])('refuses %s where it becomes somebody', async (line, message) => {
  const [name = ''] = line.split(':')
  await loadHost(hostWith('mailfw_services: {}', line))
  const problems = await problemsOf(loadHost(hostWith('mailfw_services: {}', 'ansible_become: yes', line)))
  expect(problems).toEqual([`inventory.yaml:6:7 mail.hosts.mx1.${name}: ${message}`])
})
