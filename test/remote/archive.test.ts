import { expect, it } from 'vitest'
import { AnswerReader } from '../../src/remote/answer.ts'
import { makeArchive, program } from '../../src/remote/archive.ts'
import { describeLab } from '../lab/describe-lab.ts'
import { runCommand } from '../lab/command.ts'
import type { LabHost } from '../lab/host.ts'
import { KINDS, useLab } from './fleet.ts'

const SHELLS = KINDS.slice(0, 3)

const archive = (nonce: string) =>
  makeArchive('status', nonce, { values: [], texts: { more: 'x\n'.repeat(200) } }).toString()

describeLab('an archive', () => {
  const { host, lab } = useLab([
    ...SHELLS,
    { name: 'csh', loginShell: 'csh' },
    { name: 'fish', loginShell: 'fish' },
    {
      name: 'noisy',
      loginShell: 'bash',
      setup: 'echo "printf \\"welcome, no newline at the end\\"" >/root/.bashrc',
    },
  ])

  it.concurrent.each(SHELLS)('that is cut short anywhere runs nothing: $name', async ({ name }) => {
    const whole = archive('nonce')
    const cuts = [
      ...Array.from({ length: 40 }, (_, index) => Math.floor((whole.length * index) / 40)),
      ...Array.from({ length: 60 }, (_, index) => whole.length - 2 - index),
    ]
    const { stdout } = await host(name).run(
      `cat >/tmp/archive
       for cut in ${cuts.join(' ')}; do head -c $cut /tmp/archive | sh -s 2>/dev/null; done
       ls /run /var/lib | grep mailfw`,
      { input: whole },
    )
    expect(stdout).toBe('')
    expect(await host(name).succeed('sh -s </tmp/archive')).toMatch(
      /^nonce generation \nnonce machine [0-9a-f]{32}\/.*\nnonce boot [-0-9a-f]{36}\nnonce end\n$/,
    )
  })

  it.concurrent.each(SHELLS)('carries any text: $name', async ({ name }) => {
    const texts = {
      quotes: `' " \\ \\\\ \\$x $(touch /tmp/ran) \`touch /tmp/ran\` \${x} EOF\nEOF\n`,
      utf8: 'ü 漢字 🙂 \u0001\t\u007f\n\n\n',
      long: `${'long '.repeat(40_000)}\n`,
      lines: "it's $1\n".repeat(20_000),
      empty: '',
      unended: 'no newline',
    }
    const body = makeArchive('status', 'nonce', { values: [], texts })
      .toString()
      .replace(/eval "\$program"\n/, `"input_$1" cat\n`)
    for (const [key, text] of Object.entries(texts)) {
      const printed = await shell(host(name), body.replace('mailfw status', `mailfw ${key}`))
      expect(printed).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`)
    }
    expect(await shell(host(name), body.replace('mailfw status', 'mailfw program'))).toBe(
      program().toString(),
    )
    expect(await host(name).succeed('ls /tmp')).not.toContain('ran')
  })

  it.concurrent.each(['csh', 'fish', 'noisy'])('runs behind any login shell: %s', async (name) => {
    const { stdout, stderr } = await lab().controller(['ssh', `root@${name}`, 'sh -s'], {
      input: archive('n0nce'),
    })
    const reader = new AnswerReader('n0nce')
    expect(reader.push(Buffer.from(stdout))).toBe('whole')
    expect(reader.parse()?.lines).toContainEqual(['generation', ''])
    expect(stderr).toBe('')
  })

  it('refuses what no shell could carry', () => {
    expect(() => makeArchive('status', 'nonce', { values: [], texts: { wanted: 'a\0b' } })).toThrow('NUL')
    expect(() => makeArchive('status', 'nonce', { values: [['id', 'a\nid=b']], texts: {} })).toThrow(
      'newline',
    )
  })

  it('holds a program that another shell can be given as one argument', () => {
    expect(program().length).toBeLessThan(100_000)
    expect(program().toString()).not.toMatch(/^(?:#|[ \t]|\n)/m)
  })

  it('holds a program without fault for shellcheck and every shell', async () => {
    const file = `${import.meta.dirname}/../../src/remote/host.sh`
    const faultless = { code: 0, stdout: '', stderr: '' }
    expect(await runCommand(['shellcheck', '-s', 'sh', file])).toMatchObject(faultless)
    for (const sent of [
      ['dash', '-n'],
      ['busybox', 'sh', '-n'],
      ['bash', '--posix', '-n'],
    ])
      expect(await runCommand(sent, { input: program().toString() })).toMatchObject(faultless)
  })
})

async function shell(host: LabHost, input: string): Promise<string> {
  const { stdout, stderr } = await host.run('exec sh -s', { input })
  expect(stderr).toBe('')
  return stdout
}
