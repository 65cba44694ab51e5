import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The directory of this package, wherever this module lies in it: below `src`, or bundled in `dist`. */
export const PACKAGE_ROOT = above(import.meta.dirname)

function above(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory
  const parent = dirname(directory)
  if (parent === directory)
    throw new Error('mailfw is not inside its package: there is no package.json above it')
  return above(parent)
}
