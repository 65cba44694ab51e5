import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { succeed } from '../lab/command.ts'
import { writeTree } from '../lab/file-tree.ts'
import type { LabHost } from '../lab/host.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { assembleLab } from '../lab/lab.ts'
import { diskCommands, diskLines, diskPaths, fstabText } from '../lab/mounts.ts'
import { cableBatch, hostAddresses, hostBatch } from '../lab/network.ts'
import type { Preparation } from '../lab/prepare.ts'
import { prepareLab } from '../lab/prepare.ts'
import { startSupervisor } from '../lab/supervisor.ts'
import { realHostFiles } from './host-files.ts'
import { makeRealHost } from './real-host.ts'

/** What of a host's spec a real Debian has: its users, its shell, its boot loader are Debian's own. */
export interface RealHostSpec extends Pick<
  HostSpec,
  'name' | 'rules' | 'saved' | 'sshdOptions' | 'setup' | 'diskKb'
> {
  /** A boot counts also if units fail. */
  readonly mayFail?: boolean
}

/** A lab whose hosts are Debians that systemd has booted, each with all its services. `image` is their root directory. */
export async function createRealLab(image: string, specs: readonly RealHostSpec[]): Promise<Lab> {
  const preparation = await prepareLab(specs, true)
  const supervisor = await startSupervisor(preparation.directory, join(import.meta.dirname, 'supervise.sh'))
  try {
    const hosts = await Promise.all(
      specs.map((spec, index) => startHost(spec, index, image, preparation, supervisor.pid)),
    )
    return assembleLab(hosts, preparation, supervisor)
  } catch (error) {
    await supervisor.close()
    throw error
  }
}

async function startHost(
  spec: RealHostSpec,
  index: number,
  image: string,
  preparation: Preparation,
  labPid: number,
): Promise<LabHost> {
  const directory = join(preparation.directory, 'hosts', String(index + 1))
  await fillDirectory(directory, spec, index, image, preparation, labPid)
  const host = makeRealHost(spec, index + 1, directory, labPid)
  await host.powerOn()
  for (const [program, text] of [
    ['iptables-restore', spec.rules?.v4],
    ['ip6tables-restore', spec.rules?.v6],
    ['sh -e', spec.setup],
  ] as const) {
    if (text !== undefined) await host.succeed(program, { input: text })
  }
  return host
}

/** Writes what boot.sh reads, into the file system that only the lab's own mount namespace has. */
async function fillDirectory(
  directory: string,
  spec: RealHostSpec,
  index: number,
  image: string,
  preparation: Preparation,
  labPid: number,
): Promise<void> {
  const seenFromHere = join(`/proc/${labPid}/root`, directory)
  for (const name of ['upper', 'work']) await mkdir(join(seenFromHere, name), { recursive: true })
  await writeTree(join(seenFromHere, 'upper'), {
    ...realHostFiles(spec, {
      ...preparation,
      publicKey: preparation.credentials.publicKey,
      hostKey: preparation.hostKeys[index]?.privateKey ?? '',
      // Both came with OpenSSH 9.8
      sshdHasPenalties: existsSync(join(image, 'usr/lib/openssh/sshd-session')),
    }),
    ...Object.fromEntries(diskPaths(spec).map((path) => [path, { kind: 'directory' }] as const)),
  })
  const batches = {
    fstab: fstab(spec, directory, image),
    link: cableBatch(index + 1, false),
    addresses: hostBatch(hostAddresses(index + 1), true, false),
  }
  for (const [name, text] of Object.entries(batches)) await writeFile(join(seenFromHere, name), text)
  for (const command of diskCommands(spec, directory)) {
    await succeed(['nsenter', '-t', String(labPid), '--mount', ...command])
  }
}

function fstab(spec: RealHostSpec, directory: string, image: string): string {
  const layers = `lowerdir=${image},upperdir=${directory}/upper,workdir=${directory}/work`
  return fstabText([`overlay /mnt overlay ${layers}`, ...diskLines(spec, directory, '/mnt')])
}
