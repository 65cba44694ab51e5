// Services of a mail host that greet and keep a record of what is said to them. usage: mail-services.mjs RECORD
import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

const [record] = process.argv.slice(2)
execFileSync('openssl', [
  ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=mail'],
  ...['-keyout', `${record}.key`, '-out', `${record}.crt`],
])
const certificate = { key: readFileSync(`${record}.key`), cert: readFileSync(`${record}.crt`) }

function talk(port) {
  return (socket) => {
    const { greeting, farewell } = SERVICES[port]
    const say = (text) => appendFileSync(record, `${port} ${text}\n`)
    say('open')
    socket.on('error', (error) => say(error.code))
    socket.on('data', (data) => {
      say(data.toString().trim())
      socket.end(farewell)
    })
    socket.write(greeting)
  }
}

const SERVICES = {
  25: { greeting: '220-mail ESMTP\r\n220 ready\r\n', farewell: '221 Bye\r\n' },
  587: { greeting: '421 too busy\r\n', farewell: '221 Bye\r\n' },
  143: { greeting: '* OK ready\r\n', farewell: '* BYE\r\na OK done\r\n' },
  993: { greeting: '* OK ready\r\n', farewell: '* BYE\r\na OK done\r\n', tls: true },
  110: { greeting: '+OK ready\r\n', farewell: '+OK bye\r\n' },
  80: { greeting: '', farewell: 'HTTP/1.0 503 Unavailable\r\n\r\n' },
  4190: { greeting: '"IMPLEMENTATION" "mail"\r\nOK\r\n', farewell: 'OK\r\n' },
  9100: { greeting: '', farewell: '' },
}

await Promise.all(
  Object.entries(SERVICES).map(([port, { tls }]) => {
    const server = tls ? createTlsServer(certificate, talk(port)) : createServer(talk(port))
    return new Promise((resolve) => server.listen(Number(port), '::', resolve))
  }),
)
console.log('listening')
