import { describe, expect, it } from 'vitest'
import { askSecret, canAsk, confirm } from '../../src/cli/prompt.ts'
import { createWorld } from './fake-world.ts'

describe('a question', () => {
  for (const [typed, answer] of [
    ['y\n', true],
    ['YES\n', true],
    ['n\n', false],
    ['\n', false],
    ['yeah\n', false],
    ['\u0003', false],
    ['\u0004', false],
  ] as const) {
    it(`answered ${JSON.stringify(typed)} means ${answer ? 'yes' : 'no'}`, async () => {
      const { world, stderr, type } = createWorld({ terminal: true })
      type(typed)
      expect(await confirm('Apply to mx1?', world)).toBe(answer)
      expect(stderr()).toContain('Apply to mx1? [y/N] ')
    })
  }

  it('is a no when the run is stopped meanwhile', async () => {
    const { world, stop } = createWorld({ terminal: true })
    const answer = confirm('Apply?', world)
    stop.abort()
    expect(await answer).toBe(false)
  })

  it('needs a terminal on both sides', () => {
    const here = createWorld({ terminal: true }).world
    const nobody = createWorld().world
    expect(canAsk(here)).toBe(true)
    expect(canAsk({ ...here, stdin: nobody.stdin })).toBe(false)
    expect(canAsk({ ...here, stderr: nobody.stderr })).toBe(false)
  })
})

describe('a secret', () => {
  it('keeps what was typed, corrections applied, and shows none of it', async () => {
    const { world, stderr, type } = createWorld({ terminal: true })
    type('hunterX\u007f2\n')
    const secret = await askSecret('Password: ', world)
    expect(secret?.reveal()).toBe('hunter2')
    expect(stderr()).toBe('Password: \n')
  })
})
