import type { HostResult } from '../../src/model/outcome.ts'

const ATTACK =
  '</script></style></title>--><script>attacked=1</script><img src="//evil.example/x" onerror="attacked=1">' +
  '"\' onmouseover="attacked=1" javascript:attacked=1 \u2028\u2029\u202e\u001b]0;x\u0007\u0000\ud800 ${attacked=1} {{attacked}}'

/** A host that tries to be markup or script wherever text of a host stands; `change` makes its text another one. */
export function hostileHost(change: (text: string) => string = (text) => text): HostResult {
  const text = change(ATTACK)
  const generation = { n: 4, at: text, by: text, version: text, revision: text, again: 2, hold: text }
  const difference = { in: 'live', table: text, cause: 'host' } as const
  const state = {
    live: 'differs',
    saved: 'differs',
    savedPath: text,
    differences: ['+ ', '- ', '# ', ''].map((sign) => ({ ...difference, line: `${sign}${text}` })),
  } as const
  return {
    host: `mx1${text}`,
    outcome: 'would-change',
    code: 'drift',
    message: text,
    fix: text,
    address: text,
    port: 22,
    connections: 1,
    seconds: 0.3,
    generation,
    families: { v4: state, v6: state },
    findings: (['warning', 'info'] as const).map((severity) => ({
      code: text,
      severity,
      message: text,
      fix: text,
    })),
    generations: [generation],
    hold: generation,
    fingerprint: text,
    keyScan: { before: text, host: text, after: text },
    pending: { id: text, secondsLeft: 41 },
    reverted: { id: text, at: text, log: text },
    unfinished: { id: text },
  }
}
