import { setTimeout } from 'node:timers/promises'

/** Resolves as soon as something is so. It is asked again and again; rejects, saying what was awaited, after some seconds. */
export async function until(what: string, isSo: () => Promise<boolean>, seconds = 10): Promise<void> {
  const giveUp = performance.now() + seconds * 1_000
  while (!(await isSo())) {
    if (performance.now() > giveUp) throw new Error(`Expected ${what} within ${seconds} s`)
    await setTimeout(50)
  }
}
