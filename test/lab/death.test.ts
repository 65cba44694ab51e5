import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { describeLab } from './describe-lab.ts'
import { firstLine } from './supervisor.ts'
import { leftOf, tracesOf } from './traces.ts'

describeLab('a lab whose test process dies', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('leaves nothing after %s', async (signal) => {
    const fixture = `${import.meta.dirname}/fixtures/open-lab.ts`
    const child = spawn(process.execPath, ['--import', 'tsx', fixture], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const { home, pids } = JSON.parse(await firstLine(child)) as { home: string; pids: number[] }
    const traces = tracesOf(home, pids)
    expect(leftOf(traces).length).toBeGreaterThan(5)
    child.kill(signal)
    await expect.poll(() => leftOf(traces), { timeout: 10_000 }).toEqual([])
  })
})
