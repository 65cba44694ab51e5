// Prints the first line that a server says, or "nothing" where there is no connection or no word within two seconds.
// usage: greeting.mjs FROM TO PORT plain|tls
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { setTimeout } from 'node:timers'

const [localAddress, host, port, how] = process.argv.slice(2)
const where = { host, port: Number(port), localAddress }
// Debian's Dovecot has made its own certificate
const socket = how === 'tls' ? connectTls({ ...where, rejectUnauthorized: false }) : connect(where)
let text = ''
socket.on('data', (data) => {
  text += data.toString()
  if (text.includes('\n')) end(text.split('\n')[0])
})
socket.on('error', () => end('nothing'))
socket.on('close', () => end('nothing'))
setTimeout(() => end('nothing'), 2_000)

function end(line) {
  console.log(line.trim())
  process.exit()
}
