import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { mailfw, OPEN } from './mailfw.ts'

describeLab('names and machines', () => {
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab([
      { name: 'first' },
      { name: 'second' },
      { name: 'whole' },
      { name: 'twin' },
      { name: 'late' },
      { name: 'later' },
    ])
    const hosts = {
      twin: { ansible_host: lab.host('whole').address6 },
      later: { ansible_host: lab.host('late').address6 },
    }
    inventory = await lab.inventory({ all: OPEN, hosts })
  })
  afterAll(() => lab.close())

  const receipt = (host: string) => lab.host(host).succeed('cat /var/lib/mailfw/generations/1/receipt')
  const untouched = async (host: string) => {
    const { stdout } = await lab.host(host).run('ls -d /var/lib/mailfw /etc/iptables/rules.v4')
    expect(stdout).toBe('')
  }

  it.concurrent('changes each host at its own address, however ssh rewrites its name', async () => {
    const names = ['first', 'second'].map((name) => `root@${lab.host(name).address}`)
    const hosts = Object.fromEntries(names.map((name) => [name, {}]))
    const file = `${lab.home}/rewritten.yaml`
    const input = JSON.stringify({ all: { vars: OPEN, hosts } })
    await lab.controller(['sh', '-c', `cat >${file}`], { input })
    const run = await mailfw(lab, 'deploy', file, '--batch', '1')
    for (const [index, host] of ['first', 'second'].entries()) {
      const name = names[index] ?? ''
      expect(run.host(name)).toMatchObject({ outcome: 'confirmed', address: lab.host(host).address })
      expect(await receipt(host)).toContain(`host=${name}\n`)
    }
  })

  it.concurrent('refuses a machine under two names', async () => {
    const both = ['--limit', 'whole,twin']
    const check = await mailfw(lab, 'check', inventory, ...both)
    expect(check.host('whole')).toMatchObject({ outcome: 'failed', code: 'same-machine' })
    expect(check.host('whole').message).toMatch(/the same machine as twin .*; nothing was changed$/)
    expect(check.host('twin').message).toMatch(/the same machine as whole .*; nothing was changed$/)

    const alone = await mailfw(lab, 'deploy', inventory, '--limit', 'whole')
    expect(alone.host('whole')).toMatchObject({ outcome: 'confirmed' })
    expect(await receipt('whole')).toContain('host=whole\n')

    // As wanted by now: nobody knows whose rules they are.
    const again = await mailfw(lab, 'deploy', inventory, ...both)
    expect([again.host('whole').code, again.host('twin').code]).toEqual(['same-machine', 'same-machine'])
    expect(again.code).toBe(4)
    await untouched('twin')
  })

  it.concurrent('changes a machine under one name at most if both come at once', async () => {
    const run = await mailfw(lab, 'deploy', inventory, '--limit', 'late,later')
    const results = ['late', 'later'].map((name) => run.host(name))
    const others = results.filter(({ outcome }) => outcome !== 'confirmed')
    expect(others.length).toBeGreaterThan(0)
    expect(others.map(({ code }) => code)).toEqual(others.map(() => 'same-machine'))
    const generations = await lab.host('late').run('ls /var/lib/mailfw/generations')
    expect(generations.stdout).toBe(others.length === 2 ? '' : '0\n1\n')
    await untouched('later')
  })
})
