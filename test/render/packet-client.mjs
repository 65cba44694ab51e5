// connect ADDRESS PORT COUNT …: prints how many of so many connections were accepted, at all ports together.
// send ADDRESS PORT SOCKETS DATAGRAMS: sends so many datagrams from each of so many sockets.
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { clearTimeout, setTimeout } from 'node:timers'

// A SYN that is dropped is sent again after a second: before that each attempt is one packet.
const GIVE_UP_MILLISECONDS = 500

const [command, address, port, count, datagrams] = process.argv.slice(2)
const times = (number, make) => Array.from({ length: Number(number) }, make)

if (command === 'connect') {
  const ports = process.argv
    .slice(4)
    .flatMap((at, index, all) => (index % 2 ? [] : times(all[index + 1], () => at)))
  const accepted = await Promise.all(
    ports.map(
      (at) =>
        new Promise((resolve) => {
          const socket = connect(Number(at), address)
          const timer = setTimeout(() => resolve(0), GIVE_UP_MILLISECONDS)
          socket.once('error', () => resolve(0))
          socket.once('connect', () => {
            clearTimeout(timer)
            resolve(1)
          })
        }),
    ),
  )
  process.stdout.write(String(accepted.reduce((sum, one) => sum + one, 0)))
  process.exit(0)
}

await Promise.all(
  times(count, async () => {
    const socket = createSocket('udp4')
    for (let sent = 0; sent < Number(datagrams); sent++) {
      await new Promise((resolve) => socket.send('x', Number(port), address, resolve))
    }
    socket.close()
  }),
)
