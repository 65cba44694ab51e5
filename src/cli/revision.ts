import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const PATIENCE_MILLISECONDS = 5_000

/** The git revision of the inventory's directory, `-dirty` where it was changed since; absent where there is none. */
export async function inventoryRevision(inventory: string): Promise<string | undefined> {
  try {
    const described = await promisify(execFile)('git', ['describe', '--always', '--dirty', '--exclude=*'], {
      cwd: dirname(inventory),
      timeout: PATIENCE_MILLISECONDS,
    })
    return described.stdout.trim() || undefined
  } catch {
    return undefined
  }
}
