import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startRunningTimer } from '../../src/lib/running-timer.ts'

/** Longer than a piece of time may be late. */
const STALL_MS = 600

test('fires once its time is over', async () => {
  const started = performance.now()
  await new Promise<void>((resolve) => startRunningTimer(20, resolve))
  expect(performance.now() - started).toBeGreaterThanOrEqual(19)
})

test('never fires where it was stopped', async () => {
  const fired: string[] = []
  startRunningTimer(1, () => fired.push('stopped')).stop()
  await new Promise<void>((resolve) => startRunningTimer(20, resolve))
  expect(fired).toEqual([])
})

test('gives what came during a stall its turn', async () => {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] })
  const order: string[] = []
  const timer = new Promise<void>((resolve) =>
    startRunningTimer(200, () => {
      order.push('timer')
      resolve()
    }),
  )
  const answer = once(child.stdout, 'data').then(() => order.push('answer'))
  child.stdin.end('an answer')
  await once(child, 'spawn')
  await new Promise(setImmediate)
  stall(200 + STALL_MS)
  await Promise.all([timer, answer])
  expect(order).toEqual(['answer', 'timer'])
})

test('comes to an end where every piece is late', async () => {
  let stalls = 0
  let isOver = false
  const over = new Promise<void>((resolve) =>
    startRunningTimer(1, () => {
      isOver = true
      resolve()
    }),
  )
  const stallAgain = (): void => {
    if (isOver) return
    stalls += 1
    stall(STALL_MS)
    setImmediate(stallAgain)
  }
  stallAgain()
  await over
  expect(stalls).toBeLessThan(20)
})

/** Nothing else runs in this process meanwhile. */
function stall(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
