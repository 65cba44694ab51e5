import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

export interface ReplaceOptions {
  /** The file's permissions, whatever the umask; absent: what the umask leaves of 0666. */
  readonly mode?: number
  /** It is on the disk before it has its name, so that a crash leaves the old text or the new one. */
  readonly durable?: boolean
}

/**
 * Writes a file whole or not at all: whoever reads it finds the old text or the new one, and where this rejects, the old
 * one. A symbolic link in its place is replaced, not followed.
 */
export async function replaceFile(path: string, text: string, options: ReplaceOptions = {}): Promise<void> {
  // Its ending is another one: nobody who takes all files of one kind takes it for finished
  const fresh = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    const file = await open(fresh, 'wx')
    try {
      await fill(file, text, options)
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

async function fill(file: FileHandle, text: string, { mode, durable }: ReplaceOptions): Promise<void> {
  if (mode !== undefined) await file.chmod(mode)
  await file.writeFile(text)
  if (durable === true) await file.sync()
}
