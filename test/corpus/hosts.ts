import { NO_UNSHARE } from '../e2e/no-unshare.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Backend } from '../ruleset/kernel.ts'
import { MAKE_SETS } from './sets.ts'

export interface CorpusHost {
  readonly name: string
  readonly kind: Backend['kind']
  readonly spec: HostSpec
}

/** Of each backend a host that may make scratch namespaces, and one that may not. */
export const CORPUS_HOSTS: readonly CorpusHost[] = (['nft', 'legacy'] as const).flatMap((kind) => [
  makeHost(kind, kind, ''),
  makeHost(`${kind}-no-unshare`, kind, NO_UNSHARE),
])

function makeHost(name: string, kind: Backend['kind'], setup: string): CorpusHost {
  const backend = kind === 'nft' ? 'nf_tables' : 'legacy'
  return { name, kind, spec: { name, backend, setup: `${setup}${loadSets()}` } }
}

/** The sets are there before the rules, at boot too: as Debian's ipset-persistent does it. */
function loadSets(): string {
  const plugin = '/usr/share/netfilter-persistent/plugins.d/10-ipset'
  return `cat >${plugin} <<'END'
#!/bin/sh
set -e
${MAKE_SETS}END
chmod 755 ${plugin}
${plugin}
`
}
