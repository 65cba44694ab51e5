import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { CLOSED, isStep, mailfw, startDeploy } from './mailfw.ts'

describeLab('rules that somebody saves before they are confirmed', () => {
  const names = ['watched', 'left-alone']
  const saved = '# as it was\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n'
  let lab: Lab
  let inventory: string
  beforeAll(async () => {
    lab = await createLab(names.map((name) => ({ name, saved: { v4: saved, v6: saved } })))
    inventory = await lab.inventory({ all: CLOSED })
  })
  afterAll(() => lab.close())

  const lockOut = async (name: string) => {
    const run = startDeploy(lab, inventory, '--limit', name)
    await run.until(isStep(name, 'confirm'))
    await lab.host(name).succeed('iptables-save >/etc/iptables/rules.v4')
    return run
  }
  const finding = { code: 'saved-restored', message: expect.stringContaining('.unconfirmed-') as string }

  it.concurrent('are not loaded at the next boot once they were reverted', async () => {
    const run = await lockOut('watched')
    expect(await run.ended).toBe(5)
    const { outcome, findings } = run.host('watched')
    expect(outcome).toBe('reverted')
    expect(findings).toContainEqual(expect.objectContaining(finding))
    expect(await lab.host('watched').succeed('cat /etc/iptables/rules.v4')).toBe(saved)
  })

  it.concurrent('nor if the guard reverted alone, and status names them', async () => {
    const run = await lockOut('left-alone')
    run.child.kill('SIGKILL')
    await run.ended
    await lab
      .host('left-alone')
      .succeed('until [ -e /run/mailfw/attempt/state.reverted ]; do sleep 0.1; done')
    expect(await lab.host('left-alone').succeed('cat /etc/iptables/rules.v4')).toBe(saved)
    const status = await mailfw(lab, 'status', inventory, '--limit', 'left-alone')
    expect(status.host('left-alone').findings).toContainEqual(expect.objectContaining(finding))
  })
})
