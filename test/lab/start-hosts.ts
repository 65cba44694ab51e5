import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { succeed } from './command.ts'
import type { FileTree } from './file-tree.ts'
import { writeTree } from './file-tree.ts'
import type { LabHost } from './host.ts'
import { makeHost } from './host.ts'
import { hostFiles } from './host-files.ts'
import type { HostSpec } from './host-spec.ts'
import { diskCommands, diskPaths, fstab } from './mounts.ts'
import { cableBatch, hostAddresses, hostBatch, isLarge } from './network.ts'
import type { Preparation } from './prepare.ts'

/** Makes all hosts and starts them, several at a time. */
export async function startHosts(
  specs: readonly HostSpec[],
  preparation: Preparation,
  labPid: number,
): Promise<readonly LabHost[]> {
  const limit = pLimit(4)
  return limit.map(specs, async (spec, index) => {
    const directory = join(preparation.directory, 'hosts', String(index + 1))
    await fillDirectory(directory, spec, index, preparation, labPid)
    const host = makeHost(spec, index + 1, directory, labPid)
    await host.powerOn()
    return host
  })
}

/** Writes what boot.sh reads, into the file system that only the lab's own mount namespace has. */
async function fillDirectory(
  directory: string,
  spec: HostSpec,
  index: number,
  preparation: Preparation,
  labPid: number,
): Promise<void> {
  const seenFromHere = join(`/proc/${labPid}/root`, directory)
  for (const name of ['upper', 'work', 'root']) await mkdir(join(seenFromHere, name), { recursive: true })
  await writeTree(join(seenFromHere, 'upper'), {
    ...hostFiles(spec, { ...preparation, hostKey: preparation.hostKeys[index]?.privateKey ?? '' }),
    ...directories(diskPaths(spec)),
  })
  const inLargeLab = isLarge(preparation.hostKeys.length)
  const batches = {
    fstab: fstab(spec, directory),
    link: cableBatch(index + 1, inLargeLab),
    addresses: hostBatch(hostAddresses(index + 1), spec.ipv6 !== false, inLargeLab),
  }
  for (const [name, text] of Object.entries(batches)) await writeFile(join(seenFromHere, name), text)
  for (const command of diskCommands(spec, directory)) {
    await succeed(['nsenter', '-t', String(labPid), '--mount', ...command])
  }
}

function directories(paths: readonly string[]): FileTree {
  return Object.fromEntries(paths.map((path) => [path, { kind: 'directory' }]))
}
