import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lab } from '../lab/lab.ts'
import { createRealLab } from './real-lab.ts'
import { describeReal } from './describe-real.ts'

describeReal('a real host', (image) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createRealLab(image, [{ name: 'mx1' }])
  })
  afterAll(() => lab.close())

  it('is a Debian that systemd has booted', async () => {
    expect(await lab.host('mx1').succeed('cat /proc/1/comm /etc/hostname')).toBe('systemd\nmx1\n')
  })
})
