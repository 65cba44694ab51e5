import { join, resolve } from 'node:path'
import type { HostSpec } from './host-spec.ts'

/** The fstab by which boot.sh builds a host's root: the machine's own, hidden things hidden, below a layer to write to. */
export function fstab(spec: HostSpec, directory: string): string {
  const root = join(directory, 'root')
  const layers = `lowerdir=${join(directory, '../mask')}:${spec.root ?? '/'},upperdir=${directory}/upper,workdir=${directory}/work`
  const sizes = spec.diskKb ?? {}
  const size = (path: string) => (sizes[path] === undefined ? '' : `,size=${sizes[path]}k`)
  const lines = [
    `overlay ${root} overlay ${layers}`,
    `proc ${root}/proc proc defaults`,
    `/dev ${root}/dev none bind,ro`,
    `devpts ${root}/dev/pts devpts newinstance,ptmxmode=0666,mode=0620,gid=5`,
    `tmpfs ${root}/run tmpfs mode=0755${size('/run')}`,
    `tmpfs ${root}/tmp tmpfs mode=1777${size('/tmp')}`,
    ...diskLines(spec, directory, root),
    ...(spec.hasMailfw === true ? [`${checkout} ${root}${checkout} none bind,ro,X-mount.mkdir`] : []),
  ]
  return fstabText(lines)
}

/** A space is written as in fstab(5). */
const checkout = resolve(import.meta.dirname, '../..').replaceAll(' ', '\\040')

/** Lines of an fstab that mount a host's disks below its root. */
export function diskLines(spec: HostSpec, directory: string, root: string): readonly string[] {
  return lastingDisks(spec).map(({ path }, index) => `${disk(directory, index)} ${root}${path} none bind`)
}

/** An fstab of lines that lack the last two fields. */
export function fstabText(lines: readonly string[]): string {
  return lines.map((line) => `${line} 0 0\n`).join('')
}

/** Commands for the lab's mount namespace that make the disks which outlast a reboot. */
export function diskCommands(spec: HostSpec, directory: string): readonly (readonly string[])[] {
  return lastingDisks(spec).flatMap(({ kb }, index) => [
    ['mkdir', '-p', disk(directory, index)],
    ['mount', '-n', '-t', 'tmpfs', '-o', `mode=0755,size=${kb}k`, 'disk', disk(directory, index)],
  ])
}

/** The directories that must exist for them. */
export function diskPaths(spec: HostSpec): readonly string[] {
  return lastingDisks(spec).map(({ path }) => path)
}

function lastingDisks(spec: HostSpec): readonly { path: string; kb: number }[] {
  return Object.entries(spec.diskKb ?? {})
    .filter(([path]) => path !== '/run' && path !== '/tmp')
    .map(([path, kb]) => ({ path, kb }))
}

function disk(directory: string, index: number): string {
  return join(directory, 'disk', String(index))
}
