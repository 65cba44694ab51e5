// The floor: bare ssh2 sessions that only run `true`. Arguments: sessions a host, at once, key file, addresses.
import { readFileSync } from 'node:fs'
import pLimit from 'p-limit'
import ssh2 from 'ssh2'

const [sessions, atOnce, keyFile, ...addresses] = process.argv.slice(2)
const privateKey = readFileSync(keyFile)
const limit = pLimit(Number(atOnce))

await Promise.all(
  addresses.map((host) =>
    limit(async () => {
      for (let session = 0; session < Number(sessions); session++) await runTrue(host)
    }),
  ),
)

function runTrue(host) {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    client.on('connect', () => client.setNoDelay(true))
    client.on('error', reject)
    client.on('close', resolve)
    client.on('ready', () => {
      client.exec('true', (error, channel) => {
        if (error) return reject(error)
        channel.resume()
        channel.stderr.resume()
        channel.on('exit', (code) => (code === 0 ? undefined : reject(new Error(`exit ${code}`))))
        channel.on('close', () => client.end())
      })
    })
    client.connect({
      host,
      username: 'root',
      privateKey,
      hostVerifier: (_key, verify) => verify(true),
      // Those that mailfw asks for first.
      algorithms: {
        kex: ['curve25519-sha256'],
        serverHostKey: ['ssh-ed25519'],
        cipher: ['aes128-gcm@openssh.com'],
        compress: ['none'],
      },
    })
  })
}
