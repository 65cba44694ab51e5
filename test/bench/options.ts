import { parseArgs } from 'node:util'

/** How many hosts everyone works on at once. */
export const FORKS = 20

export interface BenchOptions {
  readonly hosts: number
  /** Rounds that count, after one that warms up. */
  readonly rounds: number
  /** Ansible takes part in the first so many of them: it takes minutes where the others take seconds. */
  readonly ansibleRounds: number
  readonly peers: boolean
  readonly json: boolean
}

/** Reads the words behind `npm run bench --`; throws on one that it does not know. */
export function benchOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      hosts: { type: 'string', default: '20' },
      rounds: { type: 'string', default: '5' },
      'ansible-rounds': { type: 'string', default: '3' },
      peers: { type: 'string', default: 'all' },
      json: { type: 'boolean', default: false },
    },
  })
  if (values.peers !== 'all' && values.peers !== 'none')
    throw new Error(`--peers: expected all or none, got "${values.peers}"`)
  const rounds = count('--rounds', values.rounds)
  return {
    hosts: count('--hosts', values.hosts),
    rounds,
    ansibleRounds: Math.min(rounds, count('--ansible-rounds', values['ansible-rounds'])),
    peers: values.peers === 'all',
    json: values.json,
  }
}

function count(option: string, word: string): number {
  if (/^[1-9]\d{0,4}$/.test(word)) return Number(word)
  throw new Error(`${option}: expected a number from 1, got "${word}"`)
}
