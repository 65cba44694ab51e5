import type { Connection } from 'ssh2'
import { altered, answerText, honestAnswer } from './server/answer.ts'
import type { Behaviour } from './server/behaviour.ts'
import { forEver, payload, sendPayload, socketOf, uint32 } from './server/packets.ts'

const CHUNK = Buffer.alloc(32_000, 'A')
const RULES = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
const LINES = Buffer.alloc(32_000, 'noise\n')

/** Messages of the protocol. Source: RFC 4250, section 4.1. */
const IGNORE = 2
const USERAUTH_BANNER = 53
const GLOBAL_REQUEST = 80
const CHANNEL_OPEN = 90
const CHANNEL_DATA = 94
const CHANNEL_EXTENDED_DATA = 95

function flood(client: Connection, ...messages: readonly Buffer[]): void {
  forEver(socketOf(client), () => {
    for (const message of messages) sendPayload(client, message)
  })
}

const floodStdout = payload(CHANNEL_DATA, uint32(0), uint32(CHUNK.length), CHUNK)
const floodStderr = payload(CHANNEL_EXTENDED_DATA, uint32(0), uint32(1), uint32(CHUNK.length), CHUNK)

export const behaviours: Readonly<Record<string, Behaviour>> = {
  'identification-without-end': {
    takeOver: (socket) => {
      socket.write('SSH-2.0-')
      forEver(socket, () => socket.write(CHUNK))
    },
  },
  'greeting-without-end': {
    takeOver: (socket) => {
      forEver(socket, () => socket.write(LINES))
    },
  },
  'garbage-after-identification': {
    takeOver: (socket) => {
      socket.write('SSH-2.0-liar\r\n')
      forEver(socket, () => socket.write(CHUNK))
    },
  },
  'banner-without-end': {
    authenticate: (_context, client) => {
      flood(client, payload(USERAUTH_BANNER, CHUNK.toString(), ''))
    },
  },
  'ignored-without-end': {
    ready: (client) => {
      flood(client, payload(IGNORE, CHUNK.toString()))
    },
    started: () => true,
  },
  'keys-without-end': {
    ready: (client) => {
      const again = (): void => {
        client.rekey(again)
      }
      again()
    },
    started: () => true,
  },
  'requests-without-end': {
    ready: (client) => {
      socketOf(client).pause()
      flood(client, payload(GLOBAL_REQUEST, 'x', 1))
    },
  },
  'channels-without-end': {
    ready: (client) => {
      socketOf(client).pause()
      flood(client, payload(CHANNEL_OPEN, 'x', uint32(0), uint32(1), uint32(1)))
    },
  },
  'stdout-without-end': {
    started: (channel) => {
      forEverChannel(channel, CHUNK)
      return true
    },
  },
  'lines-without-end': {
    started: (channel) => {
      forEverChannel(channel, LINES)
      return true
    },
  },
  'stderr-without-end': {
    started: (channel) => {
      forEverChannel(channel.stderr, CHUNK)
      return true
    },
  },
  'data-before-the-program': {
    exec: (_accept, _reject, client) => {
      flood(client, floodStdout, floodStderr)
    },
  },
  'answer-without-end': {
    call: ({ channel, request }) => {
      channel.write(`${request.nonce} text live-v4\n`)
      forEverChannel(channel, LINES)
      return true
    },
  },
  'answer-of-lines-without-end': {
    call: ({ channel, request }) => {
      forEverChannel(channel, Buffer.from(`${request.nonce} firewall x\n`.repeat(500)))
      return true
    },
  },
  'answer-as-long-as-allowed': {
    call: ({ channel, request }) => {
      const rules = `${RULES}${'-A INPUT -s 192.0.2.1/32 -j DROP\n'.repeat(99_000)}COMMIT`
      const honest = honestAnswer(request)
      const texts = ['live-v4', 'former-v4', 'saved-v4'].map((text) => ({ text, content: rules }))
      channel.write(answerText(request.nonce, altered(honest, request.verb === 'examine' ? texts : [])))
      channel.exit(0)
      channel.end()
      return true
    },
  },
  'answer-behind-the-end': {
    call: ({ channel, request }) => {
      channel.write(`${request.nonce} end\n`)
      forEverChannel(channel, LINES)
      return true
    },
  },
  'flood-after-apply': {
    call: ({ channel, request }) => {
      if (request.verb !== 'apply') return undefined
      channel.write(`${request.nonce} text live-v4\n`)
      forEverChannel(channel, LINES)
      return true
    },
  },
  'window-ignored-after-apply': {
    call: ({ request, channel }) => {
      if (request.verb !== 'apply') return undefined
      const client = (channel as unknown as { _client: Connection })._client
      flood(client, floodStdout, floodStderr)
      return true
    },
  },
}

function forEverChannel(stream: NodeJS.WritableStream, chunk: Buffer): void {
  const more = (): void => {
    while (stream.write(chunk));
    stream.once('drain', more)
  }
  more()
}
