import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { program } from '../../src/remote/archive.ts'
import { normalForm } from '../../src/ruleset/normal-form.ts'
import { arbitraryRuleset } from '../ruleset/arbitrary-ruleset.ts'
import { AWKS, output } from '../ruleset/awks.ts'
import { FOREIGN, TRANSACTION_CASES } from '../ruleset/transaction-cases.ts'

/** All of host.sh but its last line, which would begin. */
const FUNCTIONS = program()
  .toString()
  .replace(/main "\$@"\n$/, '')

const directory = mkdtempSync(join(tmpdir(), 'mailfw-awk-'))
afterAll(() => {
  rmSync(directory, { recursive: true })
})

/** Runs lines of shell with the functions of host.sh and a certain awk; `attempt` is our directory. */
function withAwk(words: readonly string[], script: string, input: string): string {
  const [program = '', ...options] = words
  const bin = join(directory, words.join('-'))
  const path = output(['sh', '-c', `mkdir -p ${bin}; command -v ${program}`], '').trim()
  rmSync(join(bin, 'awk'), { force: true })
  if (options[0] === 'awk') symlinkSync(path, join(bin, 'awk'))
  else writeFileSync(join(bin, 'awk'), `#!/bin/sh\nexec ${path} ${options.join(' ')} "$@"\n`, { mode: 0o755 })
  const setting = `PATH=${bin}:$PATH; attempt=${directory}; tables=$TABLES; foreign=$FOREIGN\n`
  return output(['sh', '-c', `${FUNCTIONS}\n${setting}${script}`], input, {
    FOREIGN,
    TABLES: 'v4:filter v4:nat v6:filter',
  })
}

const SAVED = readFileSync(`${import.meta.dirname}/../cases/ruleset/saved-with-counters.rules`, 'utf8')

const TEXTS = ['', SAVED, ...TRANSACTION_CASES.flatMap(({ live, wanted }) => [live, wanted])]

describe.each(AWKS.map((words) => [words.join(' '), words] as const))('with %s', (_, words) => {
  it('a host computes the same normal form as the controller', () => {
    const compare = (text: string) => {
      const expected = normalForm(text, { tables: ['filter', 'nat'], foreign: FOREIGN })
      const found = withAwk(words, 'normal_form', `#v4\n${text}#v6\n`)
      expect(found).toBe(expected.replace(/^(?=.)/gm, 'v4 '))
    }
    for (const text of TEXTS) compare(text)
    fc.assert(fc.property(arbitraryRuleset('v4', { foreign: true }), compare), { numRuns: 5 })
  })

  it('a host sees whether live is as before, foreign rules that came or went apart', () => {
    const isAsBefore = (before: string, now: string) => {
      writeFileSync(join(directory, 'snapshot.v4'), `#v4\n${before}`)
      writeFileSync(join(directory, 'iptables-save'), '#!/bin/sh\nexec cat\n', { mode: 0o755 })
      const script = `PATH=${directory}:$PATH\nis_as_before v4 && echo yes || echo no`
      return withAwk(words, script, now).trim()
    }
    const ours =
      '*filter\n:INPUT DROP [0:0]\n:f2b-sshd - [0:0]\n:mine - [3:4]\n-A INPUT -j f2b-sshd\n-A INPUT -j ACCEPT\n-A mine -j DROP\n'
    const commit = 'COMMIT\n'
    expect(isAsBefore(ours + commit, ours + commit)).toBe('yes')
    expect(isAsBefore(ours + commit, ours.replaceAll('-A ', '[1:2] -A ') + commit)).toBe('yes')
    expect(isAsBefore(ours + commit, `${ours}-A f2b-sshd -s 192.0.2.1/32 -j DROP\n${commit}`)).toBe('yes')
    expect(isAsBefore(ours + commit, ours.replace('-A INPUT -j f2b-sshd\n', '') + commit)).toBe('yes')
    expect(isAsBefore(ours + commit, ours.replace('-A mine -j DROP\n', '') + commit)).toBe('no')
    expect(isAsBefore(ours + commit, ours.replace('INPUT DROP', 'INPUT ACCEPT') + commit)).toBe('no')
    expect(
      isAsBefore(
        ours + commit,
        ours.replace(/(-A INPUT -j f2b-sshd\n)(-A INPUT -j ACCEPT\n)/, '$2$1') + commit,
      ),
    ).toBe('no')
    expect(isAsBefore(ours + commit, `${ours}-A INPUT -j LOG\n${commit}`)).toBe('no')
    expect(isAsBefore(ours + commit, '')).toBe('no')
    expect(isAsBefore('*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n', '')).toBe('yes')
    expect(isAsBefore(ours + commit, `*mangle\n:x - [0:0]\n${commit}${ours}${commit}`)).toBe('yes')
  })
})
