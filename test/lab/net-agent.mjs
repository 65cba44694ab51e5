// Connects and listens in the network namespace that it was started in. Each line on stdin is a request, each line
// on stdout its answer; it ends with its stdin.
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { clearTimeout, setTimeout } from 'node:timers'

createInterface({ input: process.stdin })
  .on('line', (line) => {
    void answer(JSON.parse(line))
  })
  .on('close', () => process.exit())

async function answer({ id, ...request }) {
  const result = await (request.kind === 'connect' ? reach(request) : listen(request))
  process.stdout.write(`${JSON.stringify({ id, result })}\n`)
}

function reach({ address, port, localAddress, timeoutMs }) {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, localAddress })
    const timer = setTimeout(() => done('filtered'), timeoutMs)
    socket.on('connect', () => done('open'))
    socket.on('error', (error) => done(error.code === 'ECONNREFUSED' ? 'closed' : 'filtered'))
    function done(result) {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
  })
}

function listen({ port }) {
  return new Promise((resolve) => {
    createServer((socket) => socket.on('error', () => undefined).end())
      .on('error', (error) => resolve(error.code))
      .listen(port, '::', () => resolve('listening'))
  })
}
