// Listens on the TCP ports given, in both families, and says when it does.
import { once } from 'node:events'
import { createServer } from 'node:net'

for (const port of process.argv.slice(2)) {
  const server = createServer(() => undefined)
  server.listen(Number(port), '::')
  await once(server, 'listening')
}
process.stdout.write('listening\n')
