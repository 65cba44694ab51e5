import { describe, expect, test } from 'vitest'
import { checkText } from '../../src/render/check-text.ts'

const limit = (rate: string, burst: number): string =>
  `-A INPUT -m hashlimit --hashlimit-above ${rate} --hashlimit-burst ${burst} --hashlimit-mode srcip --hashlimit-name x -j DROP`

describe('a text is refused', () => {
  test.each([
    ['without a final newline', '*filter\nCOMMIT', 2, 'a newline at the end'],
    ['without COMMIT', '*filter\n-A INPUT -j DROP\n', 2, 'COMMIT of *filter, found the end'],
    ['without a table', '# nothing\n', 1, 'a table, found none'],
    [
      'with a rule outside of a table',
      '-A INPUT -j DROP\n*filter\nCOMMIT\n',
      1,
      '*TABLE before anything else',
    ],
    ['with COMMIT twice', '*filter\nCOMMIT\nCOMMIT\n', 3, '*TABLE before anything else'],
    ['with a table inside of another', '*filter\n*nat\nCOMMIT\n', 2, 'COMMIT of *filter'],
    ['with a table twice', '*filter\nCOMMIT\n*filter\nCOMMIT\n', 3, 'each table once'],
    ['with a table that no kernel has', '*fliter\nCOMMIT\n', 1, 'one of the tables *filter, *nat'],
    ['with a table of a property name', '*constructor\nCOMMIT\n', 1, 'one of the tables'],
    [
      'with a line that is nothing',
      '*filter\nINPUT DROP\nCOMMIT\n',
      2,
      'a comment, a table, a chain, a rule',
    ],
    ['with an insertion', '*filter\n-I INPUT -j DROP\nCOMMIT\n', 2, 'a rule that begins with -A'],
    ['with a chain that is no declaration', '*filter\n:INPUT\nCOMMIT\n', 2, ':CHAIN ACCEPT [0:0]'],
    ['with a policy that is none', '*filter\n:INPUT REJECT [0:0]\nCOMMIT\n', 2, ':CHAIN ACCEPT [0:0]'],
    ['with a long chain name', `*filter\n:${'c'.repeat(29)} - [0:0]\nCOMMIT\n`, 2, 'at most 28 characters'],
    [
      'with a rule for a chain that is not there',
      '*filter\n-A own -j DROP\nCOMMIT\n',
      2,
      'a chain that *filter declares before, got "own"',
    ],
    [
      'with a program to run',
      '*filter\n-A INPUT --modprobe=/bin/x -j DROP\nCOMMIT\n',
      2,
      'no program to run',
    ],
    ['with a short program to run', '*filter\n-A INPUT -M/bin/x -j DROP\nCOMMIT\n', 2, 'no program to run'],
    [
      'with a program in a cluster',
      '*filter\n-A INPUT -vM /bin/x\nCOMMIT\n',
      2,
      'no program to run, got "-vM"',
    ],
    ['with a program in a cluster', '*filter\n-A INPUT -nvfM/bin/x\nCOMMIT\n', 2, 'no program to run'],
    ['with a program in quotes', '*filter\n-A INPUT -"M" /bin/x\nCOMMIT\n', 2, 'no program to run'],
    [
      'with a program after a single quote',
      "*filter\n-A INPUT --comment ' -M /bin/x '\nCOMMIT\n",
      2,
      'no program to run',
    ],
    [
      'with a call for help',
      '*filter\n-A INPUT -j DROP -vh\nCOMMIT\n',
      2,
      'no help and no version, got "-vh"',
    ],
    [
      'with a call for the version',
      '*filter\n-A INPUT --versi -j DROP\nCOMMIT\n',
      2,
      'no help and no version',
    ],
    ['with half a program option', '*filter\n-A INPUT --mo /bin/x\nCOMMIT\n', 2, 'no program to run'],
    ['with an open quote', '*filter\n-A INPUT --comment "a -j DROP\nCOMMIT\n', 2, 'every quote to be closed'],
    [
      'with an empty comment',
      '*filter\n-A INPUT -m comment --comment ""\nCOMMIT\n',
      2,
      'a comment of 1 to 255 bytes',
    ],
    [
      'with a long comment',
      `*filter\n-A INPUT -m comment --comment ${'é'.repeat(128)}\nCOMMIT\n`,
      2,
      'a comment of 1 to 255',
    ],
    [
      'with too many ports',
      `*filter\n-A INPUT -m multiport --dports ${'1,'.repeat(14)}2:3\nCOMMIT\n`,
      2,
      'at most 15 ports',
    ],
    [
      'with a long hashlimit name',
      '*filter\n-A INPUT -m hashlimit --hashlimit-name 1234567890123456\nCOMMIT\n',
      2,
      'at most 15 characters',
    ],
    ['with a long line', `*filter\n# ${'é'.repeat(5_119)}\nCOMMIT\n`, 2, 'a line of less than 10240 bytes'],
    [
      'with one limit in two ways',
      `*filter\n${limit('1/sec', 5)}\n${limit('2/sec', 5)}\nCOMMIT\n`,
      3,
      'expected hashlimit x with',
    ],
  ])('%s', (_, text, line, message) => {
    const faults = checkText(text)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatchObject({ line, message: expect.stringContaining(message) as unknown })
  })
})

describe('a text is accepted', () => {
  test.each([
    [
      'with the longest of everything',
      `*filter\n:${'c'.repeat(28)} - [0:0]\n-A INPUT -m comment --comment ${'c'.repeat(255)}\n# ${'c'.repeat(10_237)}\nCOMMIT\n`,
    ],
    [
      'with options that begin as the one for a program to run',
      '*filter\n-A INPUT -m statistic --mode nth --every 2 --packet 0 -m time --monthdays 1 -j DROP\nCOMMIT\n',
    ],
    ['with two tables and empty lines', '*nat\nCOMMIT\n\n*filter\n\nCOMMIT\n'],
    ['with 15 ports', `*filter\n-A INPUT -m multiport --dports ${'1,'.repeat(13)}2:3\nCOMMIT\n`],
    [
      'with one limit twice, spelt in two ways',
      `*filter\n${limit('30/min', 5)}\n${limit('30/minute', 5).replace('-above', '-upto')}\nCOMMIT\n`,
    ],
    [
      'with an option inside of a comment',
      '*filter\n-A INPUT -m comment --comment "--dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"\nCOMMIT\n',
    ],
  ])('%s', (_, text) => {
    expect(checkText(text)).toEqual([])
  })
})
