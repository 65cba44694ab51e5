import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { shellWords } from '../../src/inventory/shell-words.ts'

test.each([
  `-o ServerAliveInterval=5  -J bastion`,
  `-o "ProxyCommand=ssh -W '%h:%p' x"`,
  `a\\ b 'c d'"e f" '' "q\\"q" "back\\slash" it\\'s`,
  `  \t spread\tout  `,
])('splits %s as a shell does', (text) => {
  const theirs = execFileSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
  expect(shellWords(text)).toEqual(theirs)
})

test('has no words where a quote is not closed', () => {
  expect(shellWords(`a 'b`)).toBeUndefined()
  expect(shellWords(`a "b\\"`)).toBeUndefined()
  expect(shellWords('a \\')).toBeUndefined()
})
