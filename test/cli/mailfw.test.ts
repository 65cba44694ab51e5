import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mailfw } from '../../src/cli/mailfw.ts'
import { createWorld, run } from './fake-world.ts'

const INVENTORY = `
mail:
  vars: { mailfw_services: { smtp: {} } }
  hosts:
    mx1: { ansible_host: 192.0.2.1 }
    mx2: { ansible_host: 192.0.2.2 }
other:
  hosts:
    web1: {}
    me: { ansible_connection: local, mailfw_services: {} }
`

let directory = ''
let inventory = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mailfw-cli-'))
  inventory = await file('fleet.yaml', INVENTORY)
})

afterAll(async () => {
  await rm(directory, { recursive: true })
})

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, text)
  return path
}

describe('mailfw', () => {
  it('answers a wrong flag with exit 2, a sentence on stderr, and nothing on stdout', async () => {
    expect(await run('deploy', inventory, '--limmit', 'mx1')).toEqual({
      exit: 2,
      stdout: '',
      stderr: 'mailfw: Unknown flag --limmit; did you mean --limit? See mailfw deploy --help.\n',
    })
  })

  it('names every problem of the inventory at once, also where JSON was asked for', async () => {
    const wrong = await file(
      'wrong.yaml',
      'mail: { vars: { mailfw_services: { imapz: {} }, mailfw_ping: maybe }, hosts: { mx1: {} } }\n',
    )
    const { exit, stdout, stderr } = await run('check', wrong, '--output', 'json')
    expect(exit).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^mailfw: 2 problems were found; no host was contacted\.\n/)
    expect(stderr).toContain('mailfw_ping')
    expect(stderr).toContain('imapz')
  })

  it.each([
    [
      'a host name',
      '-A INPUT -s mx.example.org -j ACCEPT',
      /line 5 of the rendered rules\.v4 of mx1: expected an address or network after -s, got "mx\.example\.org"/,
    ],
    [
      'a chain of another program',
      ':f2b-mine - [0:0]',
      /line 5 of the rendered rules\.v4 of mx1: the chain f2b-mine belongs to another program/,
    ],
  ])('refuses %s in rendered rules before a host is asked', async (_what, line, sentence) => {
    const chains = ['INPUT', 'FORWARD', 'OUTPUT'].map((chain) => `:${chain} ACCEPT [0:0]\n`)
    await mkdir(join(directory, 'own'), { recursive: true })
    await file('own/rules.v4.hbs', `*filter\n${chains.join('')}${line}\nCOMMIT\n`)
    const own = await file(
      'own.yaml',
      'mail: { vars: { mailfw_services: {}, mailfw_templates: own }, hosts: { mx1: {} } }\n',
    )
    for (const verb of ['render', 'check']) {
      const { exit, stderr } = await run(verb, own)
      expect([exit, stderr]).toEqual([2, expect.stringMatching(sentence)])
    }
  })

  it('refuses a limit that matches nothing', async () => {
    const { exit, stderr } = await run('deploy', inventory, '--limit', 'mx9')
    expect(exit).toBe(2)
    expect(stderr).toContain('mx9')
  })

  it('refuses an inventory without a host of its own', async () => {
    const none = await file('none.yaml', 'web: { hosts: { web1: {}, web2: {} } }\n')
    expect(await run('deploy', none)).toMatchObject({
      exit: 2,
      stderr: `mailfw: There is no host for mailfw in ${none}: mailfw_services is set for none. Left out: 2 hosts without mailfw_services.\n`,
    })
  })

  it('lets nothing of a file reach the terminal unescaped', async () => {
    const hostile = await file('hostile.yaml', 'mail: { hosts: { mx1: { mailfw_ping: "\\e[31m" } } }\n')
    const { exit, stderr } = await run('check', hostile)
    expect(exit).toBe(2)
    expect(stderr).not.toContain('\u001b')
  })
})

describe('confirm and revert', () => {
  const ID = '4e1243bd22c66e76'

  it.each([
    ['mx*', 'HOST: expected the name of one host, got the pattern "mx*". Nothing was contacted.'],
    ['mx1:mx2', 'HOST: expected the name of one host, got the pattern "mx1:mx2". Nothing was contacted.'],
    ['', 'HOST: expected the name of one host, got nothing. Nothing was contacted.'],
    ['mx3', 'HOST: there is no "mx3" in FILE; did you mean mx1? Nothing was contacted.'],
    ['nowhere', 'HOST: there is no "nowhere" in FILE. Nothing was contacted.'],
    ['mail', 'HOST: expected the name of one host, got the group mail of FILE. Nothing was contacted.'],
    ['all', 'HOST: expected the name of one host, got the group all of FILE. Nothing was contacted.'],
    [
      'web1',
      "HOST: web1 is none of mailfw's hosts in FILE: it is without mailfw_services, or local without mailfw_local: true. Nothing was contacted.",
    ],
  ])('take the name of one host, not %j', async (name, sentence) => {
    for (const verb of ['confirm', 'revert']) {
      const { exit, stdout, stderr } = await run(verb, inventory, name, ID)
      expect([exit, stdout, stderr.replace(inventory, 'FILE')]).toEqual([2, '', `mailfw: ${sentence}\n`])
    }
  })

  it('name the problems of an inventory that cannot be read', async () => {
    for (const verb of ['confirm', 'revert']) {
      const { exit, stderr } = await run(verb, join(directory, 'missing.yaml'), 'mx1', ID)
      expect([exit, stderr]).toEqual([2, expect.stringContaining('missing.yaml')])
    }
  })

  it('differ in that confirm needs the rules', async () => {
    await mkdir(join(directory, 'broken'), { recursive: true })
    await file('broken/rules.v4.hbs', '{{nothing.such}}\n')
    const broken = await file(
      'broken.yaml',
      'mail: { vars: { mailfw_services: {}, mailfw_templates: broken, ansible_host: 192.0.2.1 }, hosts: { mx1: {} } }\n',
    )
    expect(await run('confirm', broken, 'mx1', ID)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('nothing') as string,
    })
    const { world, stdout, stop } = createWorld()
    stop.abort()
    expect(await mailfw(['revert', broken, 'mx1', ID, '--output', 'json'], world)).toBe(4)
    expect(JSON.parse(stdout())).toMatchObject({ hosts: [{ outcome: 'skipped', code: 'stopped' }] })
  })
})

describe('render', () => {
  it('writes each text under a header line, and says who was left out', async () => {
    const { exit, stdout, stderr } = await run('render', inventory)
    expect(exit).toBe(0)
    expect(stdout.match(/^==> .* <==$/gm)).toEqual([
      '==> mx1/rules.v4 <==',
      '==> mx1/rules.v6 <==',
      '==> mx2/rules.v4 <==',
      '==> mx2/rules.v6 <==',
    ])
    expect(stderr).toBe(
      'Left out: 1 host without mailfw_services, 1 host with ansible_connection: local but without mailfw_local: true at the host itself.\n',
    )
  })

  it('writes one bare text for one host and one family', async () => {
    const { stdout } = await run('render', inventory, '--limit', 'mx1', '--family', 'v6')
    const { stdout: all } = await run('render', inventory, '--limit', 'mx1')
    expect(stdout).toMatch(/COMMIT\n$/)
    expect(stdout).not.toContain('==>')
    expect(all.endsWith(`==> mx1/rules.v6 <==\n${stdout}`)).toBe(true)
  })

  it('refuses to write the bare texts of two hosts into one', async () => {
    const { exit, stdout, stderr } = await run('render', inventory, '--limit', 'mail', '--family', 'v4')
    expect(exit).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('2 hosts are selected')
  })
})

describe('passwords', () => {
  for (const flag of ['-k', '-K']) {
    it(`are refused where nobody can be asked: ${flag}`, async () => {
      const { exit, stderr } = await run('check', inventory, flag)
      expect(exit).toBe(2)
      expect(stderr).toBe(
        `mailfw: ${flag} asks for a password on the terminal, but stdin or stderr is none. Nothing was contacted.\n`,
      )
    })
  }

  it('are asked for without echo', async () => {
    const { world, stderr, type } = createWorld({ terminal: true })
    type('hunter2\n')
    // The limit selects nothing, so that the run ends after the question.
    expect(await mailfw(['check', inventory, '-K', '--limit', 'nobody'], world)).toBe(2)
    expect(stderr()).toContain('Sudo password: \n')
    expect(stderr()).not.toContain('hunter2')
  })

  it('may come from a file', async () => {
    const path = await file('password', 'hunter2\n')
    const { stderr } = await run('check', inventory, '--become-password-file', path, '--limit', 'nobody')
    expect(stderr).toContain('nobody')
    const missing = await run('check', inventory, '--become-password-file', join(directory, 'missing'))
    expect(missing.exit).toBe(2)
    expect(missing.stderr).toContain('cannot be read')
  })

  it('end the run where the question is left with Ctrl-C', async () => {
    const { world, stderr, type } = createWorld({ terminal: true })
    type('half\u0003')
    expect(await mailfw(['check', inventory, '-k'], world)).toBe(2)
    expect(stderr()).toContain('No password was given. Nothing was contacted.')
  })
})
