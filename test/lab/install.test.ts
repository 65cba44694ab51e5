import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from './describe-lab.ts'
import type { Lab } from './lab.ts'
import { createLab } from './lab.ts'
import { shellPath } from './supervisor.ts'

// Stands for apt-get: notes whether services may be started, and enables one as a package's own script does
const aptGet = `#!/bin/sh
echo "$*" >>/tmp/apt-get.log
[ "$1" = update ] && exit
[ ! -x /usr/sbin/policy-rc.d ] || /usr/sbin/policy-rc.d; echo "policy $?" >>/tmp/apt-get.log
ln -sf /usr/lib/systemd/system/fail2ban.service /etc/systemd/system/multi-user.target.wants/fail2ban.service
exit "$(cat /tmp/apt-get.status)"
`

describeLab('the installation of packages for tests', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab([{ name: 'mx1' }])
    const host = lab.host('mx1')
    await host.succeed('cat >/usr/local/bin/apt-get; chmod 755 /usr/local/bin/apt-get', { input: aptGet })
    await host.succeed('rm -f /usr/sbin/policy-rc.d')
  })
  afterAll(() => lab.close())

  const install = async (status: number) => {
    await lab.host('mx1').succeed(`rm -f /tmp/apt-get.log; echo ${status} >/tmp/apt-get.status`)
    return lab.host('mx1').run('sh -s fail2ban', { input: readFileSync(shellPath('install.sh')) })
  }
  const isThere = async (path: string) =>
    (await lab.host('mx1').run(`test -L ${path} || test -e ${path}`)).code === 0

  it('starts no service and enables none', async () => {
    expect(await install(0)).toMatchObject({ code: 0 })
    expect(await lab.host('mx1').succeed('cat /tmp/apt-get.log')).toBe(
      'update -q\ninstall -q -y --no-install-recommends fail2ban\npolicy 101\n',
    )
    expect(await isThere('/etc/systemd/system/multi-user.target.wants/fail2ban.service')).toBe(false)
  })

  it('takes its policy away again, also when apt-get fails', async () => {
    expect(await isThere('/usr/sbin/policy-rc.d')).toBe(false)
    expect((await install(100)).code).toBe(100)
    expect(await isThere('/usr/sbin/policy-rc.d')).toBe(false)
  })

  it('leaves a policy and services alone that were there before', async () => {
    await lab
      .host('mx1')
      .succeed('printf "#!/bin/sh\\nexit 0\\n" >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d')
    await lab.host('mx1').succeed('ln -sf /x /etc/systemd/system/multi-user.target.wants/fail2ban.service')
    expect(await install(0)).toMatchObject({ code: 0 })
    expect(await isThere('/usr/sbin/policy-rc.d')).toBe(true)
    expect(await isThere('/etc/systemd/system/multi-user.target.wants/fail2ban.service')).toBe(true)
  })
})
