import { printable } from '../lib/printable.ts'
import type { Finding } from '../model/outcome.ts'
import type { SavedFile } from '../remote/saved-files.ts'

/** What became of a saved file that somebody changed while an attempt waited to be confirmed. */
export function savedFileFinding(file: SavedFile): Finding {
  const path = printable(file.path, { most: 200 })
  switch (file.kind) {
    case 'restored':
      return {
        code: 'saved-restored',
        severity: 'warning',
        message: `${path} was overwritten with rules that nobody confirmed: it is as it was before, the other is kept as ${printable(file.aside, { most: 200 })}`,
      }
    case 'changed':
      return {
        code: 'saved-changed',
        severity: 'warning',
        message: `${path} was changed on the host while the attempt waited to be confirmed, and was left so: look at it before the next boot loads it`,
      }
  }
}
