import { describe, inject } from 'vitest'
import { failing } from '../lab/describe-lab.ts'

/**
 * `describe` for tests that need a real host; they are given the image of one. Where there is none they are skipped and a
 * line says why; in CI that is a failure.
 */
export function describeReal(title: string, tests: (image: string) => void): void {
  const image = inject('image')
  if ('path' in image) {
    describe(title, () => {
      tests(image.path)
    })
  } else if (process.env['CI'] !== undefined) {
    describe(title, failing(image.problem))
  } else {
    console.warn(`Skipped "${title}": ${image.problem}`)
    describe.skip(title, () => {
      tests('')
    })
  }
}
