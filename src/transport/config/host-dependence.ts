import type { Answer } from './ssh-g.ts'

/**
 * Whether what ssh's configuration says can differ between two host names. `texts` are all files that it read.
 * Where in doubt it can: this only saves one process for each host.
 */
export function dependsOnName(texts: readonly string[], answer: Answer): boolean {
  const canonicalizes = answer.get('canonicalizehostname')?.[0] !== 'false'
  const filesWithTokens = [
    ...(answer.get('userknownhostsfile') ?? []),
    ...(answer.get('globalknownhostsfile') ?? []),
  ]
  return (
    canonicalizes ||
    filesWithTokens.some((file) => file.includes('%')) ||
    texts.some((text) => distinguishes(text))
  )
}

function distinguishes(text: string): boolean {
  return text.split('\n').some((line) => {
    const [, keyword = '', rest = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? []
    switch (keyword.toLowerCase()) {
      case 'host':
        return rest !== '*'
      case 'match':
        return rest.toLowerCase() !== 'all'
      case 'hostname':
      case 'userknownhostsfile':
      case 'globalknownhostsfile':
        return rest.includes('%')
      default:
        return false
    }
  })
}
