import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { OPEN } from '../e2e/mailfw.ts'
import type { Lab } from '../lab/lab.ts'
import { describeReal } from './describe-real.ts'
import { installMailfw, letIn, writeInside } from './install-mailfw.ts'
import { createRealLab } from './real-lab.ts'

describeReal('try', (image) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createRealLab(image, [{ name: 'box' }, { name: 'mx1' }])
    await installMailfw(lab.host('box'))
    await letIn(lab, lab.host('box'), '/root', 'root')
    const path = await lab.inventory({ all: OPEN })
    await writeInside(lab.host('box'), '/etc/mailfw/fleet.yaml', await readFile(path, 'utf8'))
  })
  afterAll(() => lab.close())
  it('goes', async () => {
    const box = lab.host('box')
    const { readFileSync } = await import('node:fs')
    for (const line of readFileSync('/tmp/try.sh', 'utf8').split('\n---\n')) {
      const t = performance.now()
      const r = await box.run(line, { timeoutSeconds: 60 })
      console.log(`>>> ${line}\n${r.stdout}${r.stderr}[${r.code}] ${(performance.now() - t) | 0} ms`)
    }
    expect(1).toBe(1)
  })
})
