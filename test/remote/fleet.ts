import { afterAll, beforeAll, vi } from 'vitest'
import type { HostSpec } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'

/** Every shell with every backend. */
export const KINDS = [
  { name: 'dash-nft', shell: 'dash', backend: 'nf_tables' },
  { name: 'busybox-nft', shell: 'busybox', backend: 'nf_tables' },
  { name: 'bash-nft', shell: 'bash', backend: 'nf_tables' },
  { name: 'dash-legacy', shell: 'dash', backend: 'legacy' },
  { name: 'busybox-legacy', shell: 'busybox', backend: 'legacy' },
  { name: 'bash-legacy', shell: 'bash', backend: 'legacy' },
] as const satisfies readonly HostSpec[]

/** A lab for the tests of a `describe`; hosts are asked for by name. */
export function useLab(specs: readonly HostSpec[]): { host(name: string): LabHost; lab(): Lab } {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
  let lab: Lab | undefined
  beforeAll(async () => {
    lab = await createLab(specs)
  })
  afterAll(() => lab?.close())
  const get = () => {
    if (lab === undefined) throw new Error('Expected a lab, but it did not start')
    return lab
  }
  return { host: (name) => get().host(name), lab: get }
}
