import { expect, it } from 'vitest'
import { withoutRuleComments } from '../../src/render/rule-comments.ts'

it.each([
  ['-A INPUT -i lo -m comment --comment loopback -j ACCEPT', '-A INPUT -i lo -j ACCEPT'],
  ['-A INPUT -m comment --comment "a \\" -j b" -p tcp -j DROP', '-A INPUT -p tcp -j DROP'],
  ['-A INPUT --match comment --comment x -m comment --comment y -j DROP', '-A INPUT -j DROP'],
  [
    '-A INPUT -j LOG --log-prefix "-m comment --comment x "',
    '-A INPUT -j LOG --log-prefix "-m comment --comment x "',
  ],
  ['# -m comment --comment x', '# -m comment --comment x'],
  ['-A INPUT -j DROP -m comment --comment last', '-A INPUT -j DROP'],
])('takes the comment out of %s', (line, expected) => {
  expect(withoutRuleComments(`*filter\n${line}\nCOMMIT\n`)).toBe(`*filter\n${expected}\nCOMMIT\n`)
})
