import { setTimeout as pass } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { useLab } from '../remote/fleet.ts'
import { OPEN, startDeploy } from './mailfw.ts'

/** Of a login, as `--timeout`. */
const TIMEOUT_SECONDS = 3
/** How long the whole program stands still: longer than a login may take, shorter than the window. */
const STOPPED_MS = 5_000
const WINDOW_SECONDS = 30

/**
 * Keys come from a program that waits for `/etc/go` where it is asked for that number of times. A login asks twice: whether
 * the key will do, and whether its signature is good.
 */
function waitingLogin(question: number): Required<Pick<HostSpec, 'sshdOptions' | 'setup'>> {
  return {
    sshdOptions: [
      'AuthorizedKeysFile none',
      'AuthorizedKeysCommand /usr/local/bin/keys',
      'AuthorizedKeysCommandUser root',
    ],
    setup: `cat >/usr/local/bin/keys <<'END'
#!/bin/sh
echo asked >>/etc/questions
if [ "$(wc -l </etc/questions)" = ${question} ]; then
  : >/etc/waiting
  until [ -e /etc/go ]; do sleep 0.05; done
fi
cat /root/.ssh/authorized_keys
END
chmod 755 /usr/local/bin/keys
`,
  }
}

describeLab('a controller that stands still', () => {
  const { lab } = useLab([
    { name: 'first', ...waitingLogin(1) },
    { name: 'second', ...waitingLogin(3) },
  ])

  it.concurrent('while it connects goes on where it was', async () => {
    await deployStopped(lab(), 'first')
  })

  it.concurrent('between a change and its confirmation confirms it then', async () => {
    await deployStopped(lab(), 'second')
  })
})

async function deployStopped(lab: Lab, name: string): Promise<void> {
  const inventory = await lab.inventory(
    { all: { ...OPEN, mailfw_confirm_seconds: WINDOW_SECONDS } },
    `${name}.yaml`,
  )
  const host = lab.host(name)
  const run = startDeploy(lab, inventory, '--limit', name, '--timeout', String(TIMEOUT_SECONDS))
  await Promise.race([host.run('until [ -e /etc/waiting ]; do sleep 0.02; done'), run.ended])
  const { pid } = run.child
  if (pid === undefined) throw new Error('Expected a program that runs')
  process.kill(pid, 'SIGSTOP')
  await host.succeed(': >/etc/go')
  await pass(STOPPED_MS)
  process.kill(pid, 'SIGCONT')
  await run.ended
  expect(run.host(name).outcome).toBe('confirmed')
  expect(run.events.filter((event) => event.event === 'call' && !event.ok)).toEqual([])
}
