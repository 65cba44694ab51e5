import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { beforeCall, insteadOfVerb } from './between-calls.ts'
import { CLOSED, MAILFW, mailfw, OPEN, startDeploy } from './mailfw.ts'

/** Makes rm and mv wait at a word of their arguments until `/tmp/go` is there. */
const waiting = (program: string, word: string) => `cat >/usr/local/sbin/${program} <<'END'
#!/bin/sh
case "$*" in ${word}) : >/tmp/waits; until [ -e /tmp/go ]; do sleep 0.05; done ;; esac
exec /usr/bin/${program} "$@"
END
chmod 755 /usr/local/sbin/${program}
`

const PROCEED = 'sh -c "$SSH_ORIGINAL_COMMAND" <$archive'
/** The first run that comes to confirm waits. */
const confirmWaits = insteadOfVerb({
  'confirm.1': `: >/tmp/waits; until [ -e /tmp/go ]; do sleep 0.05; done\n${PROCEED}\n`,
})

const SAVE = 'mkdir -p /etc/iptables; echo "# mine" >/etc/iptables/rules.v4\n'
const SLOW = { ...OPEN, mailfw_confirm_seconds: 60 }

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
      ...['by-alice', 'since', 'replaced'].map((name) => ({ name, ...confirmWaits })),
      { name: 'lost-revert', ...insteadOfVerb({ 'revert.1': `${PROCEED} >/dev/null\n` }) },
      { name: 'failed', ...insteadOfVerb({ 'confirm.1': `${SAVE}${PROCEED} >/dev/null\n` }) },
    ])
    inventory = await lab.inventory({ all: SLOW, hosts: { 'lost-revert': CLOSED } })
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
    expect(result).toMatchObject({ outcome: 'reverted', code: 'by-hand' })
    expect(result.message).toMatch(
      /^attempt [0-9a-f]{16} was reverted by hand by [^ ]+@[^ ]+, before the conf/,
    )
  })

  /** The same as that person, who then lets the run go on that waits. */
  const asPerson = async (name: string, verb: 'confirm' | 'revert', id: string) => {
    const words = ['env', 'SUDO_USER=alice', ...MAILFW, verb, inventory, name, id]
    expect(await lab.controller(words, { timeoutSeconds: 110 })).toMatchObject({ code: 0 })
  }
  const deployOther = async (name: string) => {
    const all = { ...SLOW, mailfw_services: { pop3s: {} } }
    const other = await lab.inventory({ all }, `${name}.yaml`)
    expect((await mailfw(lab, 'deploy', other, '--limit', name)).host(name)).toMatchObject({
      outcome: 'confirmed',
    })
  }
  const go = (name: string) => lab.host(name).succeed(': >/tmp/go')

  it.concurrent('is said to be confirmed by the person who was quicker than the run', async () => {
    const result = await decide('by-alice', async (id) => {
      await asPerson('by-alice', 'confirm', id)
      await go('by-alice')
    })
    expect(result).toMatchObject({ outcome: 'confirmed', code: 'deployed', generation: 1 })
    expect(result.message).toMatch(/^changed, confirmed by hand by alice@[^ ]+ and saved as generation 1;/)
  })

  it.concurrent('is found in older receipts too', async () => {
    const result = await decide('since', async (id) => {
      await asPerson('since', 'confirm', id)
      await deployOther('since')
      await go('since')
    })
    expect(result).toMatchObject({ outcome: 'confirmed', generation: 2 })
    expect(result.message).toMatch(
      /by alice@[^ ]+ and saved as generation 1, after which generation 2 was made/,
    )
  })

  it.concurrent('is told as reverted by hand when another run has taken its place', async () => {
    const result = await decide('replaced', async (id) => {
      await asPerson('replaced', 'revert', id)
      await deployOther('replaced')
      const run = await mailfw(lab, 'confirm', inventory, 'replaced', id)
      expect(run.host('replaced').message).toMatch(/^attempt [0-9a-f]{16} was reverted by hand by alice@/)
      await go('replaced')
    })
    expect(result).toMatchObject({ outcome: 'reverted', code: 'by-hand' })
    expect(result.message).toMatch(/^attempt [0-9a-f]{16} was reverted by hand by alice@/)
  })

  it.concurrent(
    'is not said to be reverted by the guard when the answer to our own revert was lost',
    async () => {
      const run = await mailfw(lab, 'deploy', inventory, '--limit', 'lost-revert')
      expect(run.host('lost-revert')).toMatchObject({ outcome: 'reverted', code: 'locked-out' })
      expect(run.host('lost-revert').message).toMatch(/; reverted, and the host's answer was lost;/)
    },
  )

  it.concurrent(
    'is told with its cause when the answer was lost with which the host reverted it',
    async () => {
      const run = await mailfw(lab, 'deploy', inventory, '--limit', 'failed')
      expect(run.host('failed')).toMatchObject({ outcome: 'reverted', code: 'saved-changed' })
      expect(run.host('failed').message).toContain(
        'was reverted by the host: somebody changed /etc/iptables/rules.v4',
      )
    },
  )
})
