import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Endings } from './expected.ts'
import { expectEnding } from './expected.ts'
import type { Fleet, Run } from './fleet.ts'
import { startFleet } from './fleet.ts'
import { behaviours } from './prompts.ts'

const PASSWORD = 'correct-horse'

const endings: Endings = {
  'asks-once-and-again': ['failed', 'sudo-password', 'sudo did not accept the password; nothing was changed'],
  'asks-twice-at-once': ['failed', 'sudo-password', 'sudo did not accept the password; nothing was changed'],
  'asks-inside-of-words': [
    'failed',
    'sudo-refused',
    'sudo neither ended nor asked for a password within 60 s',
  ],
  'asks-on-stdout': ['failed', 'sudo-refused', 'sudo neither ended nor asked for a password within 60 s'],
  'asks-behind-much-noise': ['failed', 'sudo-password', 'sudo did not accept the password'],
  'asks-after-ready': ['failed', 'no-answer', 'the host did not answer within 60 s; nothing was changed'],
  'words-behind-the-prompt': [
    'failed',
    'sudo-refused',
    'sudo took the password, but did not end within 60 s',
  ],
  'prompt-in-two-pieces': ['failed', 'sudo-refused', 'sudo took the password, but did not end within 60 s'],
  'asks-for-a-new-one': [
    'failed',
    'sudo-refused',
    'the password of USER has expired, and sudo wants a new one',
  ],
  'password-for-ever': [
    'unreachable',
    'login',
    'tried: the password; the server asks "Password:", which only a person can answer; nothing was changed',
  ],
  'two-questions': [
    'unreachable',
    'login',
    'the server asks "Password: Again:", which only a person can answer; nothing was changed',
  ],
  'question-with-echo': [
    'unreachable',
    'login',
    'the server asks "Password:", which only a person can answer; nothing was changed',
  ],
  'password-refused-for-ever': ['unreachable', 'login', 'not accepted: the password'],
}

/** How often a password may be told at the most: at the marker, or at the one hidden question. */
const tellings: Readonly<Record<string, number>> = {
  'asks-once-and-again': 1,
  'asks-behind-much-noise': 1,
  'words-behind-the-prompt': 1,
  'prompt-in-two-pieces': 1,
  'password-for-ever': 1,
  'password-refused-for-ever': 1,
}

describeLab('a host that asks for passwords', () => {
  let fleet: Fleet
  let run: Run
  beforeAll(async () => {
    fleet = await startFleet('test/hostile/prompts.ts')
    const file = join(fleet.lab.home, 'password')
    await writeFile(file, `${PASSWORD}\n`)
    const inventory = await fleet.inventory(Object.keys(behaviours), { ansible_become: true })
    const passwords = ['--become-password-file', file, '--connection-password-file', file]
    run = await fleet.run('deploy', inventory, ...passwords, '--timeout', '10')
  })
  afterAll(() => fleet.close())

  it('is told of each behaviour how it ends', () => {
    expect(Object.keys(endings)).toEqual(Object.keys(behaviours))
  })

  it.each(Object.entries(endings))('ends in time: %s', (name, ending) => {
    expectEnding(run, name, ending)
  })

  it.each(Object.keys(behaviours))(
    'is told the password once where it waits for it, else never: %s',
    (name) => {
      const heard = fleet.told
        .map((line) => JSON.parse(line) as { name: string; heard: string })
        .filter((telling) => telling.name === name)
        .map((telling) => telling.heard)
      const times = heard.join('\n').split(PASSWORD).length - 1
      expect(times).toBe(tellings[name] ?? 0)
    },
  )

  it('finds it nowhere in what we print', () => {
    expect(run.stdout + run.stderr).not.toContain(PASSWORD)
  })
})
