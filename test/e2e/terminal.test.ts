import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { MAILFW, mailfw, OPEN, TAKES_RULES } from './mailfw.ts'
import { converse } from './terminal.ts'

const OLD = { v4: '*filter\n-A INPUT -s 192.0.2.1/32 -p tcp -j DROP\nCOMMIT\n' }
const QUESTION = /\[y\/N\] $/

describeLab('output and questions', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([
      { name: 'mx1', rules: OLD },
      { name: 'mx2', rules: OLD },
      { name: 'mx3' },
      { name: 'mx4' },
    ])
    inventory = await lab.inventory({ all: OPEN })
  })
  afterAll(() => lab.close())

  const deploy = (words: readonly string[], answers: readonly string[]) =>
    converse(lab, [...MAILFW, 'deploy', inventory, ...words], answers, QUESTION)
  const run = (...words: readonly string[]) => lab.controller([...MAILFW, ...words])
  const pipe = (script: string, ...words: readonly string[]) =>
    lab.controller(['bash', '-c', script, 'bash', ...MAILFW, ...words])

  it('on a terminal show the changes and ask; a no changes nothing', async () => {
    const before = await lab.host('mx1').save('v4')
    const { code, shown } = await deploy(['--limit', 'mx1,mx2'], ['n'])
    expect(code).toBe(4)
    expect(shown).toMatch(/First deploy here: what is marked − is kept on the host as generation 0\./)
    expect(shown).toMatch(
      /^ {2}Not in the inventory, will go:\r\n {4}IPv4 \*filter, live; seems to be: .*\r\n {6}-A INPUT -s .*\r$/m,
    )
    expect(shown).toMatch(/^ {4}- -A INPUT -s 192\.0\.2\.1\/32 -p tcp -j DROP\r$/m)
    expect(shown).toMatch(/^ {4}\+ -A INPUT -p tcp -m tcp --dport 25 .*-j ACCEPT\r$/m)
    expect(shown).toContain('Apply to these 2 hosts? [y/N] n')
    expect(shown).toMatch(/^2 hosts in .*: 2 skipped\r$/m)
    expect(shown).toContain('the answer was no; nothing was changed')
    expect(await lab.host('mx1').save('v4')).toBe(before)
  })

  it('deploy after a yes to exactly what was shown', async () => {
    const { code, shown } = await deploy(['--limit', 'mx1'], ['y'])
    expect(code).toBe(0)
    expect(shown).toContain('Apply to mx1? [y/N] y')
    expect(shown).toMatch(/^1 host in .*: 1 confirmed\r$/m)
  })

  it('ask nothing where nothing would change, nor with --yes, nor for programs', async () => {
    expect((await deploy(['--limit', 'mx1'], [])).shown).toMatch(/^1 host in .*: 1 unchanged\r$/m)
    const yes = await deploy(['--limit', 'mx2', '--yes'], [])
    expect([yes.code, yes.shown.includes('[y/N]')]).toEqual([4, false])
    expect(yes.shown).toMatch(/^ {2}Not in the inventory, will go:\r$/m)
    const allowed = await deploy(['--limit', 'mx2', '--yes', ...TAKES_RULES], [])
    expect([allowed.code, allowed.shown.includes('[y/N]')]).toEqual([0, false])
    const json = await deploy(['--limit', 'mx3', '--output', 'json'], [])
    expect([json.code, json.shown.startsWith('{\r\n')]).toEqual([0, true])
  })

  it('go ahead without a terminal', async () => {
    const { code, stdout } = await run('deploy', inventory, '--limit', 'mx4')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^1 host in .*: 1 confirmed$/m)
  })

  it('keep the result on stdout and all else on stderr', async () => {
    const text = await run('check', inventory)
    expect(text.stdout).toMatch(/^4 hosts in .*: 4 unchanged\n/)
    expect(text.stderr).toMatch(/^mailfw check: 4 hosts \(run \w+\)\n/)
    const json = await run('check', inventory, '--output', 'json')
    expect([json.stderr, (JSON.parse(json.stdout) as { exit: number }).exit]).toEqual(['', 0])
    const jsonl = await run('check', inventory, '--output', 'jsonl')
    const events = jsonl.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event)
    expect(jsonl.stderr).toBe('')
    expect([events.at(0), events.at(-1)]).toEqual(['run', 'end'])
    expect(events.filter((event) => event === 'host')).toHaveLength(4)
  })

  it('survive a reader that leaves', async () => {
    const rendered = await pipe(
      'set -o pipefail; "$@" | head -1; echo "${PIPESTATUS[0]}"',
      'render',
      inventory,
    )
    expect([rendered.stdout, rendered.stderr]).toEqual(['==> mx1/rules.v4 <==\n0\n', ''])
    const deployed = await pipe('"$@" 2>&1 | true; echo "${PIPESTATUS[0]}"', 'deploy', inventory)
    expect(deployed).toMatchObject({ stdout: '0\n', stderr: '' })
  })

  it('of render are the bytes that are saved on the host', async () => {
    for (const family of ['v4', 'v6']) {
      const { code, stdout } = await run('render', inventory, '--limit', 'mx4', '--family', family)
      expect([code, stdout]).toEqual([0, await lab.host('mx4').succeed(`cat /etc/iptables/rules.${family}`)])
    }
    const { code } = await run('render', inventory, '--limit', 'mx4', '--out', 'rendered')
    expect(code).toBe(0)
    const files = await lab.controller([
      'sh',
      '-c',
      'cd rendered && find . -type f | sort && cat mx4/rules.v6',
    ])
    const saved = await lab.host('mx4').succeed('cat /etc/iptables/rules.v6')
    expect(files.stdout).toBe(`./mx4/rules.v4\n./mx4/rules.v6\n${saved}`)
  })

  it('are completed by bash', async () => {
    const script = `
      set -e
      mailfw() { ${MAILFW.join(' ')} "$@"; }
      source <(SHELL=/bin/bash mailfw completion)
      completed() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        "$(complete -p mailfw | sed 's/.*-F \\([^ ]*\\).*/\\1/')" mailfw "\${!#}" "\${COMP_WORDS[COMP_CWORD-1]}"
        echo "\${COMPREPLY[*]}"
      }
      completed mailfw de
      completed mailfw deploy --for
      completed mailfw check --output js
    `
    const { stdout, stderr } = await lab.controller(['bash', '-c', script])
    expect([stdout.replaceAll(/ +$/gm, ''), stderr]).toEqual(['deploy\n--forks\njson jsonl\n', ''])
  })

  it('tell the same of a host in every form', async () => {
    const { hosts } = await mailfw(lab, 'check', inventory, '--limit', 'mx1')
    const { stdout } = await run('check', inventory, '--limit', 'mx1')
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(hosts[0]?.message)
  })
})
