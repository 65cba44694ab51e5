// Does with the lock of an inventory what it is told, a line each, and answers with a line each: "take" or "release".
// usage: lock-holder.ts INVENTORY DIRECTORY
import { createInterface } from 'node:readline'
import type { Lock } from '../../src/controller/lock.ts'
import { takeLock } from '../../src/controller/lock.ts'

const [inventory = '', directory = ''] = process.argv.slice(2)
const processes = {
  pid: process.pid,
  exists: () => {
    throw new Error('Expected /proc to be asked')
  },
}

let lock: Lock | undefined
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'release') {
    await lock?.release()
    console.log('{"kind":"released"}')
  } else {
    const taken = await takeLock(inventory, { directory, processes, now: '2026-01-01', wait: false })
    if (taken.kind === 'lock') lock = taken
    console.log(JSON.stringify(taken))
  }
}
