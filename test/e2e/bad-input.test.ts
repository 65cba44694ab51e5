import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { CommandResult } from '../lab/command.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { MAILFW, OPEN } from './mailfw.ts'

const NUMBER = 'expected a whole number from'
const USAGE: readonly (readonly [words: string, sentence: string])[] = [
  ['deploy INVENTORY --forcs 3', 'Unknown flag --forcs; did you mean --forks?'],
  ['deplyo INVENTORY', 'Unknown command "deplyo"; did you mean deploy?'],
  ['deploy', 'An inventory is expected: mailfw deploy INVENTORY.'],
  ['deploy INVENTORY --forks x', `--forks: ${NUMBER} 1 to 1000, got "x".`],
  ['deploy INVENTORY --forks 0', `--forks: ${NUMBER} 1 to 1000, got "0".`],
  ['deploy INVENTORY --forks -1', `--forks: ${NUMBER} 1 to 1000, got "-1".`],
  ['deploy INVENTORY --forks 1.5', `--forks: ${NUMBER} 1 to 1000, got "1.5".`],
  ['deploy INVENTORY --timeout 0', `--timeout: ${NUMBER} 1 to 3600, got "0".`],
  ['deploy INVENTORY --confirm-seconds 9', `--confirm-seconds: ${NUMBER} 10 to 3600, got "9".`],
  ['deploy INVENTORY --output xml', '--output: expected text, json, jsonl, got "xml".'],
  ['deploy INVENTORY --limit', 'The flag --limit expects a value.'],
  ['deploy INVENTORY --become-password-file missing', 'The password file missing cannot be read: '],
]
const INPUT: readonly (readonly [words: string, problem: string])[] = [
  [
    'deploy INVENTORY --limit mx9',
    '--limit: expected a pattern that matches a host, got "mx9"; did you mean "mx1"?',
  ],
  [
    'deploy INVENTORY --limit web1,web2,here',
    '--limit: expected a host of mailfw\'s, but "web1,web2,here" selects only hosts that are left out: 2 without mailfw_services, 1 with ansible_connection: local but without mailfw_local: true at the host itself',
  ],
  ['deploy INVENTORY -e mailfw_ping', '--extra-vars: expected key=value, got "mailfw_ping"'],
  ['deploy missing.yaml', 'missing.yaml: expected a file, got nothing of that name'],
  ['deploy directory', 'directory: expected one inventory file in YAML, got a directory'],
  [
    'deploy hosts.ini',
    'hosts.ini: expected an inventory in YAML (.yaml, .yml or .json), got ".ini"; ansible-inventory -i FILE --list --yaml --export converts it',
  ],
  [
    'deploy script.yaml',
    'script.yaml:1: expected an inventory in YAML, got a script; ansible-inventory -i FILE --list --yaml --export converts it',
  ],
  ['deploy twice.yaml', 'twice.yaml:3:37: expected YAML: duplicated mapping key, at "ansible_host"'],
  [
    'deploy templates.yaml',
    '~/templates/rules.v4.hbs:4:12 host.nam: expected a name that exists, found "nam"; here are name, groups',
  ],
]
/** One file a line, so that all of them can be looked at together. */
const FILES = `
mkdir -p directory templates many/group_vars many/host_vars
echo '[mail]' >hosts.ini
printf '#!/bin/sh\\necho {}\\n' >script.yaml; chmod 755 script.yaml
printf 'mail:\\n  hosts:\\n    mx1: { ansible_host: 192.0.2.1, ansible_host: 192.0.2.2 }\\n' >twice.yaml
printf 'mail:\\n  vars: { mailfw_templates: templates, mailfw_services: {} }\\n  hosts: { mx1: { ansible_host: ADDRESS } }\\n' >templates.yaml
printf '*filter\\n:INPUT DROP [0:0]\\n\\n-A INPUT {{host.nam}}\\nCOMMIT\\n' >templates/rules.v4.hbs
printf 'mail:\\n  vars:\\n    mailfw_servces: {}\\n    mailfw_services: { smtp: { form: any }, foo: { port: 70000 } }\\n  hosts: { mx1: { ansible_host: ADDRESS } }\\n' >many/hosts.yaml
printf 'mailfw_ping: maybe\\n' >many/group_vars/mail.yml
printf 'mailfw_policies: { inptu: drop }\\n' >many/host_vars/mx1.yml
`

describeLab('bad input', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([{ name: 'mx1' }])
    inventory = await lab.inventory({ all: OPEN })
    await lab.controller(['sh', '-c', FILES.replaceAll('ADDRESS', lab.host('mx1').address)])
    await lab.controller(['sh', '-c', `cat >>${inventory}`], { input: LEFT_OUT })
  })
  afterAll(() => lab.close())

  const run = (words: string): Promise<CommandResult> =>
    lab.controller([...MAILFW, ...words.replace('INVENTORY', inventory).split(' ')])
  const expectRefusal = ({ code, stdout }: CommandResult) => {
    expect([code, stdout]).toEqual([2, ''])
  }

  it.each(USAGE)('on the command line is told in a sentence: mailfw %s', async (words, sentence) => {
    const result = await run(words)
    expectRefusal(result)
    expect(result.stderr.split('\n')).toHaveLength(2)
    expect(result.stderr.slice(0, `mailfw: ${sentence}`.length)).toBe(`mailfw: ${sentence}`)
  })

  it.each(INPUT)('in files and values is told in a sentence: mailfw %s', async (words, problem) => {
    const result = await run(words)
    expectRefusal(result)
    expect(result.stderr).toBe(
      `mailfw: A problem was found; no host was contacted.\n  ${problem.replace('~', lab.home)}\n`,
    )
  })

  it('in several files is told at once', async () => {
    const result = await run('deploy many/hosts.yaml')
    expectRefusal(result)
    expect(result.stderr.split('\n')).toEqual([
      'mailfw: 5 problems were found; no host was contacted.',
      '  many/hosts.yaml:3:5 mail.vars.mailfw_servces: expected a variable of mailfw, got "mailfw_servces"; did you mean "mailfw_services"?',
      expect.stringMatching(
        /^ {2}many\/hosts\.yaml:4:32 mail\.vars\.mailfw_services\.smtp\.form: expected one of .*; did you mean "from"\?$/,
      ),
      '  many/hosts.yaml:4:52 mail.vars.mailfw_services.foo.port: expected a port from 1 to 65535, got 70000',
      '  many/host_vars/mx1.yml:1:20 mailfw_policies.inptu: expected one of input, forward, output, got "inptu"; did you mean "input"?',
      '  many/group_vars/mail.yml:1:1 mailfw_ping: expected true or false, got "maybe"',
      '',
    ])
  })

  it('contacts nobody', async () => {
    const log = await lab.host('mx1').succeed('cat /var/log/sshd.log')
    expect(log.split('\n').filter((line) => line !== '' && !line.startsWith('Server listening'))).toEqual([])
  })

  it('is none where hosts of others stand beside ours: they are counted and left alone', async () => {
    const { code, stderr } = await run('check INVENTORY')
    expect(code).toBe(3)
    expect(stderr).toContain(
      'Left out: 2 hosts without mailfw_services, 1 host with ansible_connection: local but without mailfw_local: true at the host itself.\n',
    )
  })
})

const LEFT_OUT = `
others:
  hosts:
    web1: {}
    web2: {}
    here: { ansible_connection: local, mailfw_services: { smtp: {} } }
`
