import { describe, expect, it } from 'vitest'
import type { Channel, Connection } from '../../src/model/transport.ts'
import type { CallOptions } from '../../src/remote/call.ts'
import { call } from '../../src/remote/call.ts'

/** A server that took the login and starts a program when `start` is called, if ever. */
function mute(): { connection: Connection; start: (channel: Channel) => void } {
  let start: (channel: Channel) => void = () => undefined
  const opening = new Promise<Channel>((resolve) => {
    start = resolve
  })
  return {
    connection: {
      address: '192.0.2.1',
      port: 22,
      open: () => opening,
      reaches: () => Promise.resolve(false),
      close: () => undefined,
    },
    start,
  }
}

const options = (more: Partial<CallOptions>): CallOptions => ({
  root: { by: 'login' },
  signal: new AbortController().signal,
  seconds: 60,
  ...more,
})

describe('a server that starts no program', () => {
  it('is waited for no longer than the call may take, and was sent nothing', async () => {
    const calling = call(mute().connection, 'status', { values: [], texts: {} }, options({ seconds: 0.05 }))
    await expect(calling).rejects.toMatchObject({ code: 'no-answer', sent: false })
  })

  it('does not outlive the run', async () => {
    const run = new AbortController()
    const calling = call(
      mute().connection,
      'status',
      { values: [], texts: {} },
      options({ signal: run.signal }),
    )
    run.abort()
    await expect(calling).rejects.toMatchObject({ code: 'stopped', sent: false })
  })

  it('that starts it later has it closed', async () => {
    const { connection, start } = mute()
    const calling = call(connection, 'status', { values: [], texts: {} }, options({ seconds: 0.05 }))
    await expect(calling).rejects.toMatchObject({ code: 'no-answer' })
    const closed = new Promise<void>((resolve) => {
      start({ close: resolve } as Channel)
    })
    await closed
  })
})
