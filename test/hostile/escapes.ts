import type { AuthContext } from 'ssh2'
import type { Part } from './server/answer.ts'
import type { Behaviour } from './server/behaviour.ts'
import { payload, sendPayload, socketOf, uint32 } from './server/packets.ts'

/** Behind each character that a terminal obeys stands this word: where both are shown, nothing was made printable. */
export const MARK = 'EVIL'

const CHARACTERS = [
  ...['\u001b', '\u0007', '\b', '\t', '\r', '\u000b', '\u000e', '\u007f'],
  ...[
    '\u0085',
    '\u009b',
    '\u009d',
    '\u061c',
    '\u200b',
    '\u200e',
    '\u2028',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\u{e0041}',
  ],
]

const SEQUENCES = [
  '\u001b[2J',
  '\u001b]8;;http://evil.example\u001b\\',
  '\u001b]52;c;RVZJTA==\u0007',
  '\u009b31m',
]

/** No line feed: that ends a field. */
export const EVIL = `x${CHARACTERS.map((character) => `${character}${MARK}`).join('x')}${SEQUENCES.join(MARK)}${MARK}`

const WITHOUT_BLANKS = EVIL.replaceAll('\t', '')
const RULE = `-A INPUT -m comment --comment "${EVIL}" -j ACCEPT`
const EMPTY = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'

/** Messages of the protocol. Source: RFC 4250, section 4.1. */
const DISCONNECT = 1
const DEBUG = 4
const USERAUTH_FAILURE = 51
const USERAUTH_BANNER = 53
const CHANNEL_OPEN_FAILURE = 92

function examined(...parts: readonly Part[]): Behaviour {
  return { alter: { examine: () => parts } }
}

function refusing(code: string): Behaviour {
  return examined(`fail ${code}`, { text: 'detail', content: `${EVIL}\n${EVIL}` })
}

const disconnect = payload(DISCONNECT, uint32(2), EVIL, EVIL)

const CODES = [
  ...['busy', 'no-iptables', 'host-requirements', 'newer-format', 'disk-full', 'snapshot-refused'],
  ...['apply-refused', 'revert-failed', 'other-attempt', WITHOUT_BLANKS],
]

export const behaviours: Readonly<Record<string, Behaviour>> = {
  'first-line': {
    takeOver: (socket) => {
      socket.end(`${EVIL}\n`)
    },
  },
  identification: {
    takeOver: (socket) => {
      socket.end(`SSH-2.0-${EVIL}\r\n`)
    },
  },
  banner: {
    authenticate: (context, client) => {
      sendPayload(client, payload(USERAUTH_BANNER, EVIL, EVIL))
      sendPayload(client, payload(DEBUG, 1, EVIL, EVIL))
      context.reject(['publickey'])
    },
  },
  methods: {
    authenticate: (_context, client) => {
      sendPayload(client, payload(USERAUTH_FAILURE, WITHOUT_BLANKS, 0))
    },
  },
  'disconnect-at-login': {
    authenticate: (_context, client) => {
      sendPayload(client, disconnect)
    },
  },
  'disconnect-in-session': {
    ready: (client) => {
      sendPayload(client, disconnect)
      socketOf(client).end()
    },
  },
  questions: {
    authenticate: (context: AuthContext) => {
      if (context.method !== 'keyboard-interactive') context.reject(['keyboard-interactive'])
      else
        context.prompt([{ prompt: EVIL, echo: true }], EVIL, EVIL, () => {
          context.reject([])
        })
    },
  },
  'channel-refused': {
    openChannel: (_accept, _reject, client) => {
      sendPayload(client, payload(CHANNEL_OPEN_FAILURE, uint32(0), uint32(1), EVIL, EVIL))
    },
  },
  stderr: {
    started: (channel) => {
      channel.stderr.write(EVIL)
      channel.exit(1)
      channel.end()
      return true
    },
  },
  stdout: {
    started: (channel) => {
      channel.write(EVIL)
      channel.exit(1)
      channel.end()
      return true
    },
  },
  signal: {
    started: (channel) => {
      channel.exit(EVIL as 'KILL', false, EVIL)
      channel.end()
      return true
    },
  },
  fields: examined(
    `hostname ${EVIL}`,
    `boot ${WITHOUT_BLANKS}`,
    `os ${EVIL} ${EVIL}`,
    `ssh ${WITHOUT_BLANKS} 1 ${WITHOUT_BLANKS} 22`,
    `tcp-loose ${EVIL}`,
    `version v4 ${EVIL}`,
    `saved v4 other ${EVIL}`,
    { text: 'saved-v4', content: EVIL },
    { text: 'live-v4', content: `${EMPTY}:${WITHOUT_BLANKS} - [0:0]\n${RULE}\nCOMMIT` },
    { text: 'native-tables', content: `table ${EVIL}` },
    { text: 'facts', content: EVIL },
  ),
  'another-port': examined(`ssh 127.0.0.1 1 127.0.0.1 2${EVIL}`),
  attempt: examined(`attempt ${WITHOUT_BLANKS} applied 5 alive this-boot`),
  'saves-on-stop': examined(`saves-on-stop ${WITHOUT_BLANKS} ${WITHOUT_BLANKS}`),
  firewall: examined(`firewall ${WITHOUT_BLANKS}`),
  'refused-rules': {
    alter: { examine: () => [{ text: 'canonical-v4', content: EVIL }] },
  },
  'live-rules': examined({ text: 'live-v4', content: `${EVIL}\n` }),
  'live-bytes': examined({ text: 'live-v4', content: `${EMPTY}${RULE.replace(MARK, '\ufffd')}\nCOMMIT` }),
  'other-backend': examined({
    text: 'other-v4',
    content: `${EMPTY}:${WITHOUT_BLANKS} DROP [0:0]\n${RULE}\nCOMMIT`,
  }),
  settled: {
    alter: {
      examine: () => ['intent'],
      recover: () => [`recovered reverted ${EVIL}`],
    },
  },
  'client-address': {
    alter: {
      confirm: (request) => [`ssh ${WITHOUT_BLANKS} 1 2 3`, `confirmed ${request.value('expected')} 1`],
    },
  },
  'refused-apply': { alter: { apply: () => ['fail apply-refused', { text: 'detail', content: EVIL }] } },
  'refused-confirmation': {
    alter: { confirm: () => [`fail ${WITHOUT_BLANKS}`, { text: 'detail', content: EVIL }] },
  },
  ...Object.fromEntries(CODES.map((code, index) => [`refusal-${index}`, refusing(code)])),
}
