import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { succeed } from '../lab/command.ts'
import { openCpuGroup } from './cpu-group.ts'

/** Works until it has used a fifth of a second. */
const WORK = `node -e 'while (process.cpuUsage().user < 200_000);'`

const tried = openCpuGroup()
await tried?.close()

describe.skipIf(tried === undefined)('a control group for a command', () => {
  it('counts what a child uses that left its session and outlived its parent', async () => {
    const group = opened()
    try {
      expect(group.cpuSeconds()).toBe(0)
      const done = await succeed(group.inside(['sh', '-c', `setsid sh -c "${WORK}; echo done" & exit`]))
      expect(done).toBe('done\n')
      expect(group.cpuSeconds()).toBeGreaterThan(0.2)
    } finally {
      await group.close()
    }
  })

  it('does not count what runs elsewhere meanwhile', async () => {
    const group = opened()
    try {
      await succeed(['sh', '-c', WORK])
      expect(group.cpuSeconds()).toBe(0)
    } finally {
      await group.close()
    }
  })

  it('ends what is left in it when it is closed', async () => {
    const group = opened()
    const pid = (await succeed(group.inside(['sh', '-c', 'sleep 1000 >/dev/null 2>&1 & echo $!']))).trim()
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('sleep\n')
    await group.close()
    expect(runs(pid)).toBe(false)
  })
})

function opened() {
  const group = openCpuGroup()
  if (group === undefined) throw new Error('Expected a control group, but none can be made here')
  return group
}

/** A zombie that nobody has reaped runs no more. */
function runs(pid: string): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}
