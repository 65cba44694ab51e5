import { writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/model/events.ts'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { insteadOfCall } from './between-calls.ts'
import { mailfw, MAILFW, OPEN } from './mailfw.ts'
import type { Pane } from './tmux.ts'
import { openPane } from './tmux.ts'

const OPENED = ['mx1', 'mx2', 'mx3', 'mx4']
/** Nobody listens there. */
const CLOSED_PORT = 9
/** More hosts than a command should name. */
const MANY = Array.from({ length: 21 }, (_, index) => index + 1)
/** For tmux hides the cursor of a program that has ended. */
const IN_A_SHELL = ['sh', '-c', 'trap : INT; "$@"; echo "exit $?"; exec sleep 1000', 'sh']

describeLab('a real terminal', () => {
  let lab: Lab
  let inventory: string
  let pane: Pane | undefined
  beforeAll(async () => {
    lab = await createLab([
      ...OPENED.map((name) => ({ name })),
      { name: 'down', sshPort: 2222 },
      { name: 'stuck', ...insteadOfCall({ 1: 'exec sleep 1000\n' }) },
    ])
    inventory = await lab.inventory({ all: OPEN, hosts: { down: { ansible_port: CLOSED_PORT } } })
  }, 120_000)
  afterEach(async () => {
    await pane?.close()
    pane = undefined
  })
  afterAll(() => lab.close())

  const open = async (columns: number, rows: number, ...words: readonly string[]): Promise<Pane> => {
    const start = (command: readonly string[]) => lab.spawnController(command, { stdio: 'ignore' })
    pane = await openPane([...IN_A_SHELL, ...MAILFW, ...words], { columns, rows, start })
    return pane
  }
  const ended = async (shown: Pane): Promise<string> => {
    const screen = await shown.until((lines) => /^exit \d+$/.test(lines.at(-1) ?? ''))
    return screen.at(-1) ?? ''
  }

  describe.each([
    [80, 24, 'mx1,mx2,down'],
    [200, 50, 'mx3,mx4,down'],
  ] as const)('of %i columns', (columns, rows, limit) => {
    it('shows progress, asks, and is left as the result', async () => {
      const shown = await open(columns, rows, 'deploy', inventory, '--limit', limit)
      const asked = await shown.until((lines) => lines.some((line) => line.includes('[y/N]')))
      expect(asked.at(-1)).toBe('Apply to these 2 hosts? [y/N]')
      await shown.type('y', 'Enter')
      expect(await ended(shown)).toBe('exit 4')
      const all = await shown.all()
      const text = all.join('\n')
      expect(text).toMatch(/^unreachable {4}down: /m)
      expect(text.replaceAll(/\s+/g, ' ')).toMatch(/down: no TCP connection .*; nothing was changed/)
      expect(text).toMatch(/^3 hosts in .*: 2 confirmed, 1 unreachable$/m)
      expect(text).toMatch(/To try these again:\n {2}mailfw deploy \S+ --limit down\nexit 4$/)
      expect(text).not.toMatch(/━|^examine/m)
      expect(await shown.ask('#{cursor_flag} #{wrap_flag} #{alternate_on}')).toBe('1 1 0')
    })
  })

  it('is left whole by a run that is interrupted twice', async () => {
    const shown = await open(80, 24, 'deploy', inventory, '--limit', 'stuck', '--yes')
    await shown.until((lines) => lines.some((line) => /^examine +1 stuck$/.test(line)))
    await shown.type('C-c')
    await shown.until((lines) => lines.some((line) => line.startsWith('Stopping: no new host is started')))
    await shown.type('C-c')
    expect(await ended(shown)).toBe('exit 4')
    const text = (await shown.all()).join('\n')
    expect(text).toMatch(/^1 host in .*: 1 failed$/m)
    expect(text).not.toMatch(/━|─{4}|^examine/m)
    expect(await shown.ask('#{cursor_flag} #{wrap_flag}')).toBe('1 1')
  })

  it('tells each connection and call of a verbose run above the bar', async () => {
    const shown = await open(80, 24, 'check', inventory, '--limit', 'mx1,down', '-v')
    expect(await ended(shown)).toBe('exit 4')
    const text = (await shown.all()).join('\n')
    expect(text).toMatch(/^mx1: connect \d+\.\d\d s$/m)
    expect(text).toMatch(/^mx1: examine \d+\.\d\d s$/m)
    expect(text).toMatch(/^down: connect \d+\.\d\d s, failed$/m)
  })

  it('shows nothing but the result of a quiet run', async () => {
    const shown = await open(80, 24, 'check', inventory, '--limit', 'down', '--quiet')
    expect(await ended(shown)).toBe('exit 4')
    expect((await shown.screen())[0]).toMatch(/^1 host in .*: 1 unreachable$/)
  })

  it('names many hosts that failed by the file that has their names', async () => {
    const many = await createLab(MANY.map((number) => ({ name: `up${number}` })))
    try {
      const gone = MANY.map((number) => `gone${number}`)
      const hosts: Record<string, unknown> = {}
      for (const number of MANY) {
        hosts[`up${number}`] = { ansible_user: 'root' }
        hosts[`gone${number}`] = { ansible_host: `127.0.100.${number}`, ansible_port: CLOSED_PORT }
      }
      const fleet = `${many.home}/fleet.yaml`
      await writeFile(fleet, JSON.stringify({ all: { vars: OPEN, hosts } }))
      await mailfw(many, 'deploy', fleet, '--limit', 'up*')
      const { stdout } = await many.controller([...MAILFW, 'check', fleet])
      const [, command = ''] = /To try these again:\n {2}mailfw (.*)\n/.exec(stdout) ?? []
      expect(command).toBe(`check ${fleet} --limit @${many.home}/.local/state/mailfw/last-failed`)
      const again = await many.controller([...MAILFW, ...command.split(' '), '--output', 'json'])
      const document = JSON.parse(again.stdout) as { hosts: readonly { host: string }[] }
      expect(document.hosts.map(({ host }) => host)).toEqual(gone)
    } finally {
      await many.close()
    }
  })

  it('has a program told of each connection and call, in their order', async () => {
    await lab.host('mx1').succeed('iptables -A INPUT -p tcp --dport 9 -j ACCEPT')
    const { stdout } = await lab.controller([
      ...[...MAILFW, 'deploy', inventory],
      ...['--limit', 'mx1,down', '--output', 'jsonl'],
    ])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent)
    const calls = (name: string) =>
      events.flatMap((event) =>
        event.event === 'call' && event.host === name ? [[event.call, event.ok] as const] : [],
      )
    expect(calls('mx1')).toEqual(
      ['connect', 'examine', 'apply', 'connect', 'confirm'].map((call) => [call, true]),
    )
    expect(calls('down')).toEqual([['connect', false]])
  })
})
