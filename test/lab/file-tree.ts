import { chown, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** One thing to put into a root directory. Text belongs to root unless `owner` (user and group id) says otherwise. */
export type Entry =
  | { readonly kind: 'file'; readonly text: string; readonly mode?: number; readonly owner?: number }
  | { readonly kind: 'directory'; readonly mode?: number; readonly owner?: number }
  | { readonly kind: 'link'; readonly to: string }

/** Absolute paths and what is there; a directory that needs a mode or an owner stands before what is in it. */
export type FileTree = Readonly<Record<string, Entry>>

/** Writes a tree below `root`. Directories between are root's, 0755. */
export async function writeTree(root: string, tree: FileTree): Promise<void> {
  for (const [path, entry] of Object.entries(tree)) {
    const target = join(root, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o755 })
    await writeEntry(target, entry)
  }
}

/** Shorthand for an entry that is a file. */
export function file(text: string, mode = 0o644, owner = 0): Entry {
  return { kind: 'file', text, mode, owner }
}

async function writeEntry(target: string, entry: Entry): Promise<void> {
  switch (entry.kind) {
    case 'link':
      return symlink(entry.to, target)
    case 'directory':
      await mkdir(target, { recursive: true, mode: entry.mode ?? 0o755 })
      break
    case 'file':
      await writeFile(target, entry.text, { mode: entry.mode ?? 0o644 })
  }
  if (entry.owner) await chown(target, entry.owner, entry.owner)
}
