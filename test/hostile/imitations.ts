import type { Part } from './server/answer.ts'
import { answerText, honestAnswer } from './server/answer.ts'
import type { Behaviour, Call } from './server/behaviour.ts'

const MEGABYTE = 1_000_000
const RULES = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'

/** Says other parts in the answer of a verb. */
function saying(verb: string, ...parts: readonly Part[]): Behaviour {
  return { alter: { [verb]: () => parts } }
}

/** Answers a verb with bytes of its own, and ends. */
function answering(verb: string, bytes: (call: Call) => string | Buffer): Behaviour {
  return {
    call: (call) => {
      if (call.request.verb !== verb) return undefined
      call.channel.write(bytes(call))
      call.channel.exit(0)
      call.channel.end()
      return true
    },
  }
}

/** The answer of a call before, or of the connection before, said again. */
function replaying(verb: string): Behaviour {
  let former = ''
  return {
    call: ({ channel, request }) => {
      const answer = answerText(request.nonce, honestAnswer(request))
      const isReplayed = request.verb === verb
      channel.write(isReplayed ? former : answer)
      former = answer
      channel.exit(0)
      channel.end()
      return true
    },
  }
}

const liveRules = (...rules: readonly string[]): Part => ({
  text: 'live-v4',
  content: `${RULES}${rules.map((rule) => `${rule}\n`).join('')}COMMIT`,
})

export const behaviours: Readonly<Record<string, Behaviour>> = {
  'another-nonce': answering('examine', ({ request }) => answerText('0'.repeat(32), honestAnswer(request))),
  'replayed-examine': replaying('apply'),
  'replayed-confirm': replaying('confirm'),
  'only-an-end': answering('examine', ({ request }) => `${request.nonce} end\n`),
  'one-family-only': answering('examine', ({ request }) =>
    answerText(
      request.nonce,
      honestAnswer(request).filter((part) => typeof part !== 'string' || !part.startsWith('version v6')),
    ),
  ),
  'end-and-then-more': answering(
    'examine',
    ({ request }) =>
      `${answerText(request.nonce, honestAnswer(request))}${answerText(request.nonce, ['fail not-root'])}`,
  ),
  'text-without-end': answering('examine', ({ request }) => `${request.nonce} text live-v4\n${RULES}`),
  binary: answering('examine', ({ request }) =>
    Buffer.concat([
      Buffer.from(`${request.nonce} `),
      Buffer.alloc(5_000, 0xff),
      Buffer.from(`\n${request.nonce} end\n`),
    ]),
  ),
  'nul-in-rules': saying('examine', liveRules('-A INPUT -m comment --comment "a\0b" -j ACCEPT')),
  'no-utf-8-in-rules': answering('examine', ({ request }) =>
    Buffer.from(
      answerText(request.nonce, [
        ...honestAnswer(request).filter((part) => typeof part === 'string' || part.text !== 'live-v4'),
        liveRules('-A INPUT -m comment --comment "\u00ff" -j ACCEPT'),
      ]),
      'latin1',
    ),
  ),
  'same-text-twice': answering('examine', ({ request }) =>
    answerText(request.nonce, [...honestAnswer(request), liveRules('-A INPUT -j DROP')]),
  ),
  'generation-1e308': saying('examine', 'generation 1e308'),
  'generation-of-a-megabyte': saying('examine', `generation ${'9'.repeat(MEGABYTE)}`),
  'version-of-a-megabyte': saying('examine', `version v4 iptables v1.8.9${'9'.repeat(MEGABYTE)} (nf_tables)`),
  'hostname-of-a-megabyte': saying('examine', `hostname ${'x'.repeat(MEGABYTE)}`),
  'negative-seconds': saying('examine', 'attempt 0123456789abcdef applied -1e308 alive this-boot'),
  'a-foreign-attempt': saying('examine', `attempt ${'x'.repeat(MEGABYTE)} applied 1e308 alive this-boot`),
  'an-unknown-state': saying('examine', 'attempt x y z alive this-boot'),
  'port-of-words': saying('examine', 'ssh 1 2 3 1e1'),
  'refusal-of-a-megabyte': saying('examine', `fail ${'x'.repeat(MEGABYTE)}`, {
    text: 'detail',
    content: ` a${' '.repeat(MEGABYTE)}b`.repeat(2),
  }),
  'rules-that-are-none': saying('examine', { text: 'live-v4', content: 'x'.repeat(MEGABYTE) }),
  'blanks-in-rules': saying('examine', liveRules(`-A INPUT a${' '.repeat(MEGABYTE)}b`)),
  'as-many-blanks-as-a-line-holds': saying(
    'examine',
    liveRules(...Array<string>(1_000).fill(`-A INPUT a${' '.repeat(10_000)}b`)),
  ),
  'chains-without-end': saying(
    'examine',
    liveRules(
      '-A INPUT -i docker0 -j c0',
      ...Array.from({ length: 49_000 }, (_, index) => `:c${index} - [0:0]\n-A c${index} -j c${index + 1}`),
      ':c49000 - [0:0]',
    ),
  ),
  'tables-without-end': saying('examine', {
    text: 'live-v4',
    content: Array.from(
      { length: 20_000 },
      (_, index) => `*t${'x'.repeat(index % 200)}${letters(index)}\nCOMMIT`,
    ).join('\n'),
  }),
  'incompatible-tables-without-end': saying('examine', {
    text: 'live-v4',
    content: `${"# Table `x' is incompatible\n".repeat(99_000)}${RULES}COMMIT`,
  }),
  'canonical-of-nothing': saying('examine', { text: 'canonical-v4', content: '' }),
  'a-command-to-copy': saying('examine', 'firewall $(reboot)', 'saves-on-stop /etc/x;reboot SAVE'),
  'a-chain-to-copy': saying('examine', {
    text: 'other-v4',
    content: '*filter\n:$(reboot) DROP [0:0]\n-A $(reboot) -j DROP\nCOMMIT',
  }),
  'empty-apply': answering('apply', ({ request }) => `${request.nonce} end\n`),
  'apply-of-another-hash': saying('apply', 'applied 0000 9'),
  'apply-with-1e308-seconds': saying('apply', 'applied 0000 1e308'),
  'empty-receipt': answering('confirm', ({ request }) => `${request.nonce} end\n`),
  'receipt-of-another-hash': saying('confirm', `confirmed ${'0'.repeat(64)} 1`),
  'receipt-without-number': {
    alter: { confirm: (request) => [`confirmed ${request.value('expected')} NaN`] },
  },
  'receipt-of-generation-1e308': {
    alter: { confirm: (request) => [`confirmed ${request.value('expected')} 1e308`] },
  },
  'confirmed-without-apply': saying('examine', `confirmed ${'0'.repeat(64)} 7`),
  'refused-confirmation': saying('confirm', 'fail not-as-wanted', {
    text: 'detail',
    content: 'x'.repeat(MEGABYTE),
  }),
  'empty-revert': {
    call: ({ channel, request }) => {
      if (request.verb !== 'confirm' && request.verb !== 'revert') return undefined
      channel.write(
        `${request.nonce} ${request.verb === 'confirm' ? 'fail wrong-state\n' + request.nonce + ' ' : ''}end\n`,
      )
      channel.exit(0)
      channel.end()
      return true
    },
  },
  'no-canonical-empty-receipt': {
    alter: { examine: () => [] },
    call: ({ channel, request }) => {
      const parts = honestAnswer(request).filter(
        (part) => typeof part === 'string' || !part.text.startsWith('canonical'),
      )
      channel.write(answerText(request.nonce, request.verb === 'examine' ? parts : []))
      channel.exit(0)
      channel.end()
      return true
    },
  },
}

/** Tables have names of letters. */
function letters(index: number): string {
  return String(index).replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))
}
