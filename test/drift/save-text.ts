/** A chain as iptables-save tells of it; a user chain has the policy `-`. */
export interface DriftChain {
  readonly name: string
  readonly policy: string
  /** What stands behind `-A CHAIN `. */
  readonly rules: readonly string[]
}

export interface DriftTable {
  readonly name: string
  readonly chains: readonly DriftChain[]
}

/** Reads what iptables-save prints, or a rendered file, by itself: what is tested is not to be its own judge. */
export function readSave(text: string): readonly DriftTable[] {
  return text
    .split(/^(?=\*)/m)
    .filter((part) => part.startsWith('*'))
    .map((part) => {
      const lines = part.split('\n')
      const declared = lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1).split(' '))
      return {
        name: (lines[0] ?? '').slice(1),
        chains: declared.map(([name = '', policy = '-']) => ({ name, policy, rules: rulesOf(name, lines) })),
      }
    })
}

/** The text that iptables-restore reads. */
export function writeSave(tables: readonly DriftTable[]): string {
  return tables
    .map(({ name, chains }) => {
      const declarations = chains.map((chain) => `:${chain.name} ${chain.policy} [0:0]\n`)
      const rules = chains.flatMap((chain) => chain.rules.map((rule) => `-A ${chain.name} ${rule}\n`))
      return `*${name}\n${declarations.join('')}${rules.join('')}COMMIT\n`
    })
    .join('')
}

function rulesOf(chain: string, lines: readonly string[]): readonly string[] {
  const start = `-A ${chain} `
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length))
}
