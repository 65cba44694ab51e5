import type { Client } from 'ssh2'
import type { Connection } from '../../model/transport.ts'
import type { Line } from '../line/line.ts'
import { startProgram } from './channel.ts'

/** An authenticated session as the rest of the program sees it. */
export function connectionOf(client: Client, line: Line): Connection {
  let isLost = false
  client.on('close', () => {
    isLost = true
    line.end()
  })
  return {
    address: line.address,
    port: line.port,
    open: (command) => startProgram(client, command, () => isLost),
    close() {
      client.end()
      line.end()
    },
  }
}
