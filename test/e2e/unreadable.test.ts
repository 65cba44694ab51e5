import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { mailfw, OPEN } from './mailfw.ts'

/** A host that allows no scratch namespace, and what it does where it tells after the change what is live. */
const setup = (script: string) => `rm -f /usr/bin/unshare
cat >/usr/local/sbin/iptables-save <<'END'
#!/bin/sh
[ ! -e /run/mailfw/attempt/state.applied ] || ! mkdir /tmp/told 2>/dev/null || { ${script}; }
exec /usr/sbin/iptables-save "$@"
END
chmod 755 /usr/local/sbin/iptables-save
`

/** Not as iptables-save writes it. */
const SHORT = { v4: ['-A INPUT -p tcp --dport 2525 -j ACCEPT'] }

describeLab('a host that does not tell all of its rules after the change', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab([
      { name: 'half', setup: setup("printf '*filter\\n:INPUT ACCEPT [0:0]\\n'; exit 3") },
      { name: 'nothing', setup: setup('exit 3') },
      { name: 'lost', setup: setup('kill -9 $PPID; exec sleep 1') },
    ])
  }, 60_000)
  afterAll(() => lab.close())

  it.concurrent.each(['half', 'nothing', 'lost'])('is asked anew the next time: %s', async (name) => {
    const inventory = await lab.inventory({ all: { ...OPEN, mailfw_extra_rules: SHORT } })
    const deploy = () => mailfw(lab, 'deploy', inventory, '--limit', name)
    expect((await deploy()).host(name)).toMatchObject({ outcome: 'confirmed', generation: 1 })
    expect(await lab.host(name).succeed('ls /tmp')).toContain('told')
    const live = await lab.host(name).save('v4')
    const check = await mailfw(lab, 'check', inventory, '--limit', name)
    expect(check.host(name)).toMatchObject({ outcome: 'would-change', code: 'cannot-compare' })
    expect((await deploy()).host(name)).toMatchObject({ outcome: 'confirmed', generation: 2 })
    expect(await lab.host(name).save('v4')).toBe(live)
    expect((await deploy()).host(name).outcome).toBe('unchanged')
  })
})
