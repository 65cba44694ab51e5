import type { Connection } from 'ssh2'
import type { Behaviour, Call } from './server/behaviour.ts'
import { answerText, honestAnswer } from './server/answer.ts'
import { socketOf } from './server/packets.ts'

/** Says nothing any more, not even that it is alive. */
function fallSilent(client: Connection): void {
  const socket = socketOf(client)
  socket.pause()
  socket.write = () => true
}

function hangUp(client: Connection): void {
  socketOf(client).destroy()
}

function clientOf({ channel }: Call): Connection {
  return (channel as unknown as { readonly _client: Connection })._client
}

/** At the call of this verb the host acts, and does no more. */
function at(verb: string, act: (call: Call) => void): Behaviour {
  return {
    call: (call) => {
      if (call.request.verb !== verb) return undefined
      act(call)
      return true
    },
  }
}

function halfAnAnswer({ channel, request }: Call): void {
  const text = answerText(request.nonce, honestAnswer(request))
  channel.write(text.slice(0, text.length / 2))
}

/** A byte a second, for ever. */
function drip(write: (byte: string) => void, text: string): void {
  let at = 0
  setInterval(() => {
    write(text.charAt(at % text.length))
    at += 1
  }, 1000)
}

const ends = { silent: fallSilent, gone: hangUp }

/** Each stage with each end. */
const stages: Readonly<Record<string, (end: (client: Connection) => void) => Behaviour>> = {
  identification: (end) => ({ connected: end }),
  login: (end) => ({
    authenticate: (_context, client) => {
      end(client)
    },
  }),
  'logged-in': (end) => ({
    openChannel: (_accept, _reject, client) => {
      end(client)
    },
  }),
  channel: (end) => ({
    exec: (_accept, _reject, client) => {
      end(client)
    },
  }),
  program: (end) => ({
    started: (channel) => {
      end(clientOf({ channel } as Call))
      return true
    },
  }),
  examine: (end) =>
    at('examine', (call) => {
      end(clientOf(call))
    }),
  'half-an-answer': (end) =>
    at('examine', (call) => {
      halfAnAnswer(call)
      setTimeout(() => {
        end(clientOf(call))
      }, 100)
    }),
  apply: (end) =>
    at('apply', (call) => {
      end(clientOf(call))
    }),
  confirm: (end) =>
    at('confirm', (call) => {
      end(clientOf(call))
    }),
}

export const behaviours: Readonly<Record<string, Behaviour>> = {
  'silent-at-connection': { takeOver: () => undefined },
  'gone-at-connection': {
    takeOver: (socket) => {
      socket.destroy()
    },
  },
  'silent-in-key-exchange': {
    takeOver: (socket) => {
      socket.write('SSH-2.0-liar\r\n')
    },
  },
  'gone-in-key-exchange': {
    takeOver: (socket) => {
      socket.end('SSH-2.0-liar\r\n')
    },
  },
  ...Object.fromEntries(
    Object.entries(stages).flatMap(([stage, make]) =>
      Object.entries(ends).map(([end, act]) => [`${end}-at-${stage}`, make(act)] as const),
    ),
  ),
  'dripping-identification': {
    takeOver: (socket) => {
      drip((byte) => socket.write(byte), 'a greeting\r\n')
    },
  },
  'dripping-noise': {
    started: (channel) => {
      drip((byte) => channel.write(byte), 'noise\n')
      return true
    },
  },
  'dripping-answer': at('examine', ({ channel, request }) => {
    drip((byte) => channel.write(byte), `${request.nonce} hostname x\n`)
  }),
  'alive-without-a-channel': { openChannel: () => undefined },
  'alive-without-a-program': { exec: () => undefined },
  'never-closing': {
    call: ({ channel, request }) => {
      channel.write(answerText(request.nonce, honestAnswer(request)))
      return true
    },
  },
}
