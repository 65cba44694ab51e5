import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { beforeCall } from './between-calls.ts'
import { mailfw, OPEN, startDeploy } from './mailfw.ts'

/** Makes rm and mv wait at a word of their arguments until `/tmp/go` is there. */
const waiting = (program: string, word: string) => `cat >/usr/local/sbin/${program} <<'END'
#!/bin/sh
case "$*" in ${word}) : >/tmp/waits; until [ -e /tmp/go ]; do sleep 0.05; done ;; esac
exec /usr/bin/${program} "$@"
END
chmod 755 /usr/local/sbin/${program}
`

const LIKE_WANTED = 'live and saved rules are as wanted'

describeLab('an attempt that is decided while somebody asks', () => {
  let lab: Lab
  let inventory: string
  const { sshdOptions, setup } = beforeCall({
    6: ': >/tmp/go; until [ ! -d /run/mailfw/attempt ]; do sleep 0.05; done\n',
  })
  beforeAll(async () => {
    lab = await createLab([
      { name: 'confirmed', setup: waiting('mv', '*state.applied*state.confirming') },
      { name: 'ending', sshdOptions, setup: `${setup}${waiting('rm', '"-rf /run/mailfw/attempt "*')}` },
      { name: 'reverted', setup: waiting('mv', '*state.armed*state.applied') },
    ])
    inventory = await lab.inventory({ all: { ...OPEN, mailfw_confirm_seconds: 60 } })
  }, 60_000)
  afterAll(() => lab.close())

  /** Deploys, and runs `script` on the host once it waits; what became of it. */
  const decide = async (name: string, meanwhile: (id: string) => Promise<unknown>) => {
    const run = startDeploy(lab, inventory, '--limit', name)
    await lab.host(name).succeed('until [ -e /tmp/waits ]; do sleep 0.05; done', { timeoutSeconds: 30 })
    const id = (await lab.host(name).succeed('cat /run/mailfw/attempt/id')).trim()
    await meanwhile(id)
    await run.ended
    return run.host(name)
  }
  /** Once somebody else waits for the lock. */
  const letGo = 'until pgrep -f "[s]leep 0.02" >/dev/null; do sleep 0.01; done; : >/tmp/go'

  it.concurrent('is said to be confirmed to whoever wanted to revert it', async () => {
    const result = await decide('confirmed', async (id) => {
      const [run] = await Promise.all([
        mailfw(lab, 'revert', inventory, 'confirmed', id),
        lab.host('confirmed').succeed(letGo),
      ])
      expect(run.host('confirmed')).toMatchObject({ outcome: 'failed', code: 'already-confirmed' })
    })
    expect(result).toMatchObject({ outcome: 'confirmed' })
  })

  it.concurrent('is not said to have lost whoever saves it, when that is done a moment later', async () => {
    const result = await decide('ending', async () => {
      const run = await mailfw(lab, 'status', inventory, '--limit', 'ending')
      await lab.host('ending').succeed(': >/tmp/go')
      expect(run.host('ending')).toMatchObject({ outcome: 'unchanged', message: LIKE_WANTED })
    })
    expect(result).toMatchObject({ outcome: 'confirmed' })
  })

  it.concurrent('is not said to be put back by a guard where a person did', async () => {
    const result = await decide('reverted', async (id) => {
      const [run] = await Promise.all([
        mailfw(lab, 'revert', inventory, 'reverted', id),
        lab.host('reverted').succeed(letGo),
      ])
      expect(run.host('reverted')).toMatchObject({ outcome: 'reverted', code: 'by-hand' })
    })
    expect(result).toMatchObject({ outcome: 'reverted' })
    expect(result.message).not.toContain('guard')
  })
})
