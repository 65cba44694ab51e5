import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { repository } from '../house/source-files.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'

/** What of the repository a package has, with what npm would install beside it. */
const PARTS = [
  ...['package.json', 'dist', 'templates'],
  ...['ssh2', 'asn1', 'bcrypt-pbkdf', 'safer-buffer', 'tweetnacl'].map((name) => `node_modules/${name}`),
]

/** Makes a host a controller: node and mailfw are in its PATH, as npm puts them there. */
export async function installMailfw(host: LabHost): Promise<void> {
  const inside = (path: string): string => join(`/proc/${host.pid}/root`, path)
  for (const part of PARTS)
    await cp(join(repository, part), inside(join('/usr/local/lib/node_modules/mailfw', part)), {
      recursive: true,
      dereference: true,
    })
  await cp(process.execPath, inside('/usr/local/bin/node'))
  await symlink('../lib/node_modules/mailfw/dist/main.js', inside('/usr/local/bin/mailfw'))
}

/** Lets an account of the host log in wherever the controller of the lab may. `home` is its home directory. */
export async function letIn(lab: Lab, host: LabHost, home: string, owner: string): Promise<void> {
  for (const name of ['id_ed25519', 'known_hosts'])
    await writeInside(host, join(home, '.ssh', name), await readFile(join(lab.home, '.ssh', name), 'utf8'))
  await host.succeed(`chown -R ${owner}: ${home}/.ssh && chmod -R go= ${home}/.ssh`)
}

/** Writes a file of a host, and the directories above it. */
export async function writeInside(host: LabHost, path: string, text: string): Promise<void> {
  const there = join(`/proc/${host.pid}/root`, path)
  await mkdir(dirname(there), { recursive: true })
  await writeFile(there, text)
}
