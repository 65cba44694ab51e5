import { spawnSync } from 'node:child_process'
import { missingPackages } from './packages.ts'

/** Why no lab can be started here, as a sentence; undefined where one can. */
export function labProblem(): string | undefined {
  if (process.platform !== 'linux') return `the lab needs Linux, this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'the lab needs root: it makes network namespaces and mounts'
  const missing = missingPackages().filter((each) => each.for === 'lab')
  if (missing.length > 0) return `the lab needs packages that are missing: ${missing.map(nameOf).join(', ')}`
  const { status, stderr } = spawnSync('unshare', namespaces, { encoding: 'utf8' })
  return status === 0 ? undefined : `the lab needs namespaces and overlayfs of its own: ${stderr.trim()}`
}

const namespaces = [
  ...['--mount', '--net', '--pid', '--uts', '--ipc', '--fork'],
  ...[
    'sh',
    '-c',
    'mount -n -t tmpfs try /mnt && cd /mnt && mkdir u w r && mount -n -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r',
  ],
]

function nameOf({ name }: { readonly name: string }): string {
  return name
}
