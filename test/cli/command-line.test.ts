import { describe, expect, it } from 'vitest'
import { OVERRIDABLE_CODES } from '../../src/model/outcome.ts'
import { readCommandLine } from '../../src/cli/command-line.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { VERBS } from '../../src/cli/verbs.ts'

function read(line: string) {
  return readCommandLine(line.split(' '), 100)
}

const VERB_NAMES = Object.keys(VERBS)
const ID = '4e1243bd22c66e76'
const OVERRIDABLE = OVERRIDABLE_CODES.join(', ')

async function printed(line: string): Promise<string> {
  const invocation = await read(line)
  return invocation.verb === 'print' ? invocation.text : `not printed: ${invocation.verb}`
}

describe('a command line', () => {
  it('is read into typed flags', async () => {
    expect(
      await read('deploy fleet.yaml -l mx -f 5 -u admin -bK --confirm-seconds 90 -e a=1 -e @f -D'),
    ).toEqual({
      verb: 'deploy',
      flags: expect.objectContaining({
        inventory: 'fleet.yaml',
        limit: 'mx',
        forks: 5,
        user: 'admin',
        become: true,
        'ask-become-pass': true,
        'confirm-seconds': 90,
        'extra-vars': ['a=1', '@f'],
        diff: true,
      }) as unknown,
    })
  })

  it('takes the last of a repeated flag', async () => {
    const invocation = await read('deploy x --forks 5 --forks 7 --limit a --limit b -C -C')
    expect(invocation).toMatchObject({ flags: { forks: 7, limit: 'b', check: true } })
  })

  it('knows the two names of the key file', async () => {
    for (const flag of ['--private-key', '--key-file']) {
      expect(await read(`check x ${flag} k`)).toMatchObject({ flags: { 'private-key': 'k' } })
    }
  })

  it('takes deploy --check and -C as check', async () => {
    expect(await read('deploy x --check')).toMatchObject({ verb: 'check' })
    expect(await read('deploy x -C')).toMatchObject({ verb: 'check' })
  })

  it('is read into a host and an attempt where one is to be decided', async () => {
    for (const verb of ['confirm', 'revert']) {
      expect(await read(`${verb} fleet.yaml mx1 ${ID} -b`)).toEqual({
        verb,
        flags: expect.objectContaining({
          inventory: 'fleet.yaml',
          host: 'mx1',
          attempt: ID,
          become: true,
        }) as unknown,
      })
    }
  })

  it('reads numbers that look like something else as they are', async () => {
    expect(await read('check 1e3 -u 007')).toMatchObject({ flags: { inventory: '1e3', user: '007' } })
  })
})

describe('a command line that is wrong', () => {
  const cases: readonly [string, string][] = [
    ['deploy x --limmit mx1', 'Unknown flag --limmit; did you mean --limit? See mailfw deploy --help.'],
    ['deploy x --no-check', 'Unknown flag --no-check; did you mean --check? See mailfw deploy --help.'],
    ['deploy x -Z', 'Unknown flag -Z. See mailfw deploy --help.'],
    ['render x --yes', 'Unknown flag --yes. See mailfw render --help.'],
    ['depoly x', 'Unknown command "depoly"; did you mean deploy? See mailfw --help.'],
    ['frobnicate', 'Unknown command "frobnicate". See mailfw --help.'],
    ['completion x', 'Nothing is expected after completion. See mailfw --help.'],
    [
      '--foo',
      'A command is expected before --foo: deploy, check, status, enforce, rollback, history, confirm, revert, render, report, schedule, completion. See mailfw --help.',
    ],
    ['deploy', 'An inventory is expected: mailfw deploy INVENTORY. See mailfw deploy --help.'],
    ['deploy -u root', 'An inventory is expected: mailfw deploy INVENTORY. See mailfw deploy --help.'],
    ['deploy x -q --verbose', 'Expected --quiet or --verbose, got both. See mailfw deploy --help.'],
    ['status x -vq', 'Expected --quiet or --verbose, got both. See mailfw status --help.'],
    ['deploy a b', 'Unknown argument: b. See mailfw deploy --help.'],
    ['deploy x --forks', 'The flag --forks expects a value. See mailfw deploy --help.'],
    ['deploy x -f', 'The flag -f expects a value. See mailfw deploy --help.'],
    ['deploy x --limit=', '--limit: expected a value, got none. See mailfw deploy --help.'],
    ['rollback x --reason=', '--reason: expected a value, got none. See mailfw rollback --help.'],
    [
      'rollback x --to last',
      '--to: expected a whole number from 0 to 999999999, got "last". See mailfw rollback --help.',
    ],
    [
      'history x --compare 3 3',
      '--compare: expected two different generations, such as 3 5, got 3 3. See mailfw history --help.',
    ],
    ['enforce x --only inventory', '--only: expected host, got "inventory". See mailfw enforce --help.'],
    ['status', 'An inventory is expected: mailfw status INVENTORY. See mailfw status --help.'],
    ['status x --yes', 'Unknown flag --yes. See mailfw status --help.'],
    ...['confirm', 'confirm x', 'confirm x mx1', 'confirm -u mx1 x mx2'].map((line): [string, string] => [
      line,
      'An inventory, a host and an attempt are expected: mailfw confirm INVENTORY HOST ATTEMPT. See mailfw confirm --help.',
    ]),
    [`revert x mx1 ${ID} more`, 'Unknown argument: more. See mailfw revert --help.'],
    [`revert x mx1 ${ID} --limit mx1`, 'Unknown flag --limit. See mailfw revert --help.'],
    [
      'revert x mx1 0042',
      'ATTEMPT: expected 16 hexadecimal digits, as mailfw status shows them, got "0042". See mailfw revert --help.',
    ],
    [
      'deploy x --allow other-firewal',
      `--allow: expected codes of refusals that can be overridden (${OVERRIDABLE}), got "other-firewal" (did you mean other-firewall?). See mailfw deploy --help.`,
    ],
    [
      'rollback x --allow other-firewall,busy',
      `--allow: expected codes of refusals that can be overridden (${OVERRIDABLE}), got "busy". See mailfw rollback --help.`,
    ],
    [
      'enforce x --allow other-firewall,',
      `--allow: expected codes of refusals that can be overridden (${OVERRIDABLE}), got "". See mailfw enforce --help.`,
    ],
    [`revert x mx1 ${ID} --allow other-firewall`, 'Unknown flag --allow. See mailfw revert --help.'],
    ['check x --output xml', '--output: expected text, json, jsonl, got "xml". See mailfw check --help.'],
  ]
  for (const [line, message] of cases) {
    it(`is refused with a sentence: mailfw ${line}`, async () => {
      await expect(read(line)).rejects.toEqual(new UsageError(message))
    })
  }

  for (const flag of ['forks', 'timeout', 'confirm-seconds']) {
    for (const value of ['-1', '1.5', 'x', '0x10', '1e1', '99999999999', 'NaN', '']) {
      it(`is refused: --${flag} ${JSON.stringify(value)}`, async () => {
        await expect(readCommandLine(['deploy', 'x', `--${flag}`, value], 100)).rejects.toThrow(
          `--${flag}: expected a whole number from`,
        )
      })
    }
  }

  for (const flag of ['batch', 'max-failures']) {
    for (const value of ['-1', '1.5', 'x', '101%', '%', '1%%', '1,,2', '99999999999', '']) {
      it(`is refused: --${flag} ${JSON.stringify(value)}`, async () => {
        await expect(readCommandLine(['deploy', 'x', `--${flag}`, value], 100)).rejects.toThrow(
          new RegExp(`^--${flag}: expected (a value|numbers? of hosts|a number of hosts)`),
        )
      })
    }
  }

  for (const line of [
    '--batch 0',
    '--when-exceeded undo',
    '--forks 0',
    '--timeout 0',
    '--confirm-seconds 9',
    '--confirm-seconds 3601',
  ]) {
    it(`is refused: ${line}`, async () => {
      await expect(read(`deploy x ${line}`)).rejects.toThrow(UsageError)
    })
  }

  it('says the same in every language', async () => {
    const before = process.env['LANG']
    process.env['LANG'] = 'de_DE.UTF-8'
    try {
      await expect(read('deploy a b')).rejects.toThrow('Unknown argument: b.')
    } finally {
      if (before === undefined) delete process.env['LANG']
      else process.env['LANG'] = before
    }
  })
})

describe('help', () => {
  it('lists the verbs and the exit codes', async () => {
    await expect(await printed('--help')).toMatchFileSnapshot('../cases/cli/help.txt')
  })

  for (const verb of VERB_NAMES) {
    it(`of ${verb} explains each flag and ends with examples`, async () => {
      const help = await printed(`${verb} --help`)
      expect(help).toMatch(/\nExamples:\n {2}mailfw /)
      await expect(help).toMatchFileSnapshot(`../cases/cli/help-${verb}.txt`)
    })
  }

  it('has the version of the package', async () => {
    expect(await printed('--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('completion', () => {
  function offered(...words: readonly string[]): Promise<string> {
    return readCommandLine(['--get-yargs-completions', 'mailfw', ...words], 100).then((invocation) =>
      invocation.verb === 'print' ? invocation.text : 'not printed',
    )
  }

  it('prints a script for the shell', async () => {
    expect(await printed('completion')).toContain('--get-yargs-completions')
  })

  it('offers what can be done with a schedule', async () => {
    expect(await offered('schedule', '')).toBe('install\nshow\nremove\n')
    expect(await offered('schedule', 'install', '')).toBe('')
  })

  it('offers the verbs', async () => {
    const words = (await offered('')).split('\n').map((line) => line.replace(/[:\t].*/, ''))
    expect(words).toEqual([...VERB_NAMES, 'completion', ''])
    expect(words).toContain('schedule')
  })

  it('offers the flags of the verb', async () => {
    const words = await offered('render', '--')
    expect(words).toContain('--out')
    expect(words).not.toContain('--forks')
    expect(words).not.toContain('--l\n')
  })

  it('offers them whatever was typed before, and for half a word', async () => {
    expect(await offered('check', 'fleet.yaml', '-b', '--forks', 'x', '--o')).toContain('--output\n')
    expect(await offered('--v')).toContain('--version\n')
  })

  it('offers the values of a flag', async () => {
    expect(await offered('check', 'x', '--output', '')).toBe('text\njson\njsonl\n')
  })

  it('leaves files to the shell', async () => {
    expect(await offered('deploy', '')).toBe('')
    expect(await offered('deploy', 'x', '--private-key', '')).toBe('')
  })
})
