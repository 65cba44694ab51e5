import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'

const root = resolve(import.meta.dirname, '../..')

describeLab('the demo', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mailfw-demo-'))
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
  })

  const start = () =>
    spawn(process.execPath, ['test/run/start.mjs', 'test/demo/main.ts'], {
      cwd: root,
      env: { ...process.env, TMPDIR: directory, CI: 'true', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })

  it('deploys, is locked out, shows that nobody is, and leaves nothing', async () => {
    const demo = start()
    const output = collect(demo)
    expect(await once(demo, 'close')).toEqual([0, null])
    expect(output()).toMatch(/: 3 confirmed\n[^]*: 3 unchanged\n[^]*: 3 reverted\n[^]*✓ store1: the same/)
    expect(readdirSync(directory).filter((name) => name.startsWith('mailfw-lab-'))).toEqual([])
  })

  it('leaves nothing when it is interrupted', async () => {
    const demo = start()
    const output = collect(demo)
    await expect.poll(output, { timeout: 30_000 }).toContain('$ mailfw deploy')
    expect(readdirSync(directory).filter((name) => name.startsWith('mailfw-lab-'))).toHaveLength(1)
    demo.kill('SIGINT')
    expect(await once(demo, 'close')).toEqual([130, null])
    expect(readdirSync(directory).filter((name) => name.startsWith('mailfw-lab-'))).toEqual([])
  })
})

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return () => text
}
