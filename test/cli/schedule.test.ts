import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCommandLine } from '../../src/cli/command-line.ts'
import type { ScheduleFlags } from '../../src/cli/flags.ts'
import { showCronLine } from '../../src/cli/schedule-install.ts'
import { makeSchedule } from '../../src/cli/schedule-plan.ts'
import { scheduledWords, triedWords } from '../../src/cli/schedule-words.ts'
import { createWorld, run } from './fake-world.ts'

const INVENTORY = `all:
  vars: { mailfw_services: { smtp: {} }, mailfw_confirm_seconds: 90 }
  hosts: { mx1: { ansible_host: 192.0.2.1 }, mx2: { ansible_host: 192.0.2.2, mailfw_confirm_seconds: 300 } }
`

describe('a schedule', () => {
  let directory: string
  let inventory: string
  beforeAll(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'schedule-')))
    inventory = join(directory, 'fleet.yaml')
    await writeFile(inventory, INVENTORY)
  })
  afterAll(() => rm(directory, { recursive: true }))

  const read = async (...words: readonly string[]): Promise<ScheduleFlags> => {
    const invocation = await readCommandLine(['schedule', 'install', inventory, ...words], 80)
    if (invocation.verb !== 'schedule') throw new Error(`Expected a schedule, got ${invocation.verb}`)
    return invocation.flags
  }

  it('runs with the flags that were given, and with absolute paths', async () => {
    const flags = await read(
      ...['-l', 'mx*,@some', '-e', '@vars.yaml', '-u', 'admin', '-b', '-f', '5', '--only', 'host', '--wait'],
      ...['--key-file', '~/k', '--become-pass-file', 'p', '--report', 'r.json', '--metrics', 'm.prom', '-D'],
      ...[
        '--notify',
        'mail -s x root',
        '--allow',
        'other-firewall',
        '--retry-seconds',
        '0',
        '--yes',
        '--on-calendar',
        'daily',
      ],
    )
    expect(scheduledWords(flags, '/home/a').toSorted()).toEqual(
      [
        ...[
          '--allow=other-firewall',
          '--become',
          '--diff',
          '--forks=5',
          '--only=host',
          '--wait',
          '--retry-seconds=0',
          '--user=admin',
        ],
        ...[`--limit=mx*,@${resolve('some')}`, `--extra-vars=@${resolve('vars.yaml')}`],
        ...['--private-key=/home/a/k', `--become-password-file=${resolve('p')}`],
        ...[`--report=${resolve('r.json')}`, `--metrics=${resolve('m.prom')}`, '--notify=mail -s x root'],
      ].toSorted(),
    )
    expect(triedWords(flags, '/home/a').toSorted()).toEqual(
      [
        ...['--allow=other-firewall', '--become', '--forks=5', '--user=admin'],
        ...[`--limit=mx*,@${resolve('some')}`, `--extra-vars=@${resolve('vars.yaml')}`],
        ...['--private-key=/home/a/k', `--become-password-file=${resolve('p')}`],
      ].toSorted(),
    )
  })

  it('rolls out as it was told, and never asks', async () => {
    const flags = await read('--batch', '1,10%', '--max-failures', '5%', '--when-exceeded', 'rollback')
    const words = ['--batch=1,10%', '--max-failures=5%', '--when-exceeded=rollback']
    expect(scheduledWords(flags, '/home/a')).toEqual(words)
    expect(() => scheduledWords({ ...flags, confirm: 'manual' }, '/home/a')).toThrow(
      /^--confirm manual waits for a person, and nobody is there .* Nothing was installed\.$/,
    )
    expect(() => scheduledWords({ ...flags, 'ask-between': true }, '/home/a')).toThrow(
      /^--ask-between asks before each batch, and nobody is there to answer .* Nothing was installed\.$/,
    )
  })

  it('can be made again of the words that its unit tells', async () => {
    const { world } = createWorld()
    const calendar = { next: '', intervalSeconds: 3_600 }
    const flags = await read(
      '-l',
      'mx1',
      '--report',
      join(directory, 'r.json'),
      '--scope',
      'system',
      '-T',
      '5',
    )
    const schedule = await makeSchedule(flags, calendar, world)
    const again = await readCommandLine(['schedule', 'install', ...schedule.words], 80)
    if (again.verb !== 'schedule') throw new Error(`Expected a schedule, got ${again.verb}`)
    expect(await makeSchedule(again.flags, calendar, world)).toEqual(schedule)
  })

  it('waits when it is stopped for the longest window of its hosts', async () => {
    const { world } = createWorld()
    const stopSeconds = async (...words: readonly string[]) =>
      (await makeSchedule(await read(...words), { next: '' }, world)).stopSeconds
    expect(await stopSeconds()).toBe(300 + 180)
    expect(await stopSeconds('--limit', 'mx1')).toBe(90 + 180)
    expect(await stopSeconds('--confirm-seconds', '20')).toBe(20 + 180)
  })

  it('keeps the name that we were called by, unless a boot takes it away', async () => {
    const { world } = createWorld()
    const link = join(directory, 'mailfw')
    await rm(link, { force: true })
    await symlink(inventory, link)
    const programs = async (name: string) =>
      (
        await makeSchedule(await read(), { next: '' }, { ...world, program: [process.execPath, name] })
      ).command.slice(0, 2)
    expect(await programs('/opt/current/mailfw')).toEqual([process.execPath, '/opt/current/mailfw'])
    expect(await programs(link)).toEqual([process.execPath, directory.startsWith('/tmp/') ? inventory : link])
  })

  it.each([
    [['-k'], /^mailfw: -k asks for a password, and nobody is there/],
    [['-K'], /^mailfw: -K asks .* expected --become-password-file FILE, or NOPASSWD in sudoers/],
    [['-e', 'a=secret'], /^mailfw: -e: expected @FILE, for everybody .* can read .*; got a value/],
    [['--report', '$DIR/missing/r.json'], /--report: expected a directory/],
    [['--scope', 'mine'], /--scope: expected system, user, got "mine"/],
  ])('is refused with %j', async (words, complaint) => {
    const { exit, stdout, stderr } = await run(
      'schedule',
      'install',
      inventory,
      ...words.map((word) => word.replace('$DIR', directory)),
    )
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(complaint)
    expect(stderr).not.toContain('secret')
  })

  it('is refused for an inventory with faults', async () => {
    const broken = join(directory, 'broken.yaml')
    await writeFile(broken, 'all: { hosts: { mx1: { mailfw_services: { smpt: {} } } } }\n')
    const { exit, stdout, stderr } = await run('schedule', 'install', broken)
    expect([exit, stdout]).toEqual([2, ''])
    expect(stderr).toContain('smpt')
  })

  it('is shown and removed without the flags of its runs', async () => {
    for (const verb of ['show', 'remove']) {
      const { exit, stderr } = await run('schedule', verb, inventory, '--limit', 'mx1')
      expect([exit, stderr]).toEqual([2, expect.stringContaining('--limit is for schedule install')])
    }
  })

  describe('where systemd does not run', () => {
    const cronLine = async (flags: ScheduleFlags) => {
      const { world, stdout, stderr } = createWorld()
      const exit = await showCronLine(flags, { ...world, program: ['/usr/bin/node', '/opt/50% off/mailfw'] })
      return { exit, stdout: stdout(), stderr: stderr() }
    }

    it('is a line of a crontab, which is shown and not installed', async () => {
      const { exit, stdout, stderr } = await cronLine(await read('--limit', 'mx1', '--on-calendar', 'daily'))
      expect([exit, stdout]).toEqual([
        0,
        `0 0 * * * /usr/bin/node '/opt/50\\% off/mailfw' enforce ${inventory} --limit=mx1\n`,
      ])
      expect(stderr).toMatch(/^systemd does not run this machine\. Nothing was installed; /)
    })

    it('has the time left to the person where cron has no words for it', async () => {
      const { exit, stdout, stderr } = await cronLine(await read('--on-calendar', '*-*~01'))
      expect([exit, stdout]).toEqual([0, expect.stringMatching(/^MINUTE HOUR DAY MONTH WEEKDAY \/usr/)])
      expect(stderr).toContain('cron has no words for "*-*~01"')
    })

    it('is refused where a crontab cannot say its command', async () => {
      const strange = join(directory, 'a\nb.yaml')
      await writeFile(strange, INVENTORY)
      const flags = { ...(await read()), inventory: strange }
      await expect(cronLine(flags)).rejects.toThrow(/a crontab cannot say .*a\\nb\.yaml/)
    })
  })
})
