import { readFileSync } from 'node:fs'
import type { Inside } from '../lab/inside.ts'

const PROGRAM = readFileSync(`${import.meta.dirname}/mail-services.mjs`, 'utf8')
const RECORD = '/root/mail-services.record'

/** Starts services on a host that greet as their protocols have it. Resolves when they listen. */
export async function startMailServices(host: Inside): Promise<void> {
  await host.succeed(START, { input: PROGRAM, timeoutSeconds: 20 })
}

const START = `
cat >/root/mail-services.mjs
setsid node /root/mail-services.mjs ${RECORD} </dev/null >/root/mail-services 2>&1 &
until grep -q . /root/mail-services; do sleep 0.05; done
until grep -qx 'listening\\|.*Error.*' /root/mail-services; do sleep 0.05; done
grep -qx listening /root/mail-services
`

/** What was said to them since this was last asked: `25 open`, `25 QUIT`. */
export async function heardBy(host: Inside): Promise<readonly string[]> {
  const record = await host.succeed(`touch ${RECORD}; cat ${RECORD}; : >${RECORD}`)
  return record.split('\n').filter((line) => line !== '')
}
