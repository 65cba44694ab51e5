import type { Answer } from './answer.ts'

/** A saved file that somebody changed while an attempt waited to be confirmed. */
export type SavedFile =
  /** It loaded rules that nobody confirmed: it is as it was again, and what it was then is in `aside`. */
  | { readonly kind: 'restored'; readonly path: string; readonly aside: string }
  /** Anything else: it was left as it is. */
  | { readonly kind: 'changed'; readonly path: string }

/** Lines `saved-file restored|changed FAMILY PATH [ASIDE]`. */
export function savedFilesIn({ lines }: Answer): readonly SavedFile[] {
  return lines.flatMap<SavedFile>(([word, kind, , path = '', aside = '']) => {
    if (word !== 'saved-file' || path === '') return []
    if (kind === 'restored') return [{ kind, path, aside }]
    return kind === 'changed' ? [{ kind, path }] : []
  })
}
