import type { Contestant } from '../contestant.ts'
import { FORKS } from '../options.ts'

/** mailfw as it is built. A deploy that changes needs a second connection, a check only one. */
export function mailfw(program: readonly string[], inventory: string, rounds: number): Contestant {
  const command = (verb: string, ...more: readonly string[]) => [
    ...program,
    verb,
    inventory,
    '--forks',
    String(FORKS),
    ...more,
  ]
  // All at once, as the others have it: no host goes first
  const deploy = command('deploy', '--batch', '100%')
  return {
    name: 'mailfw',
    note: 'dist/main.js, --forks and --batch 100%',
    rows: [
      {
        id: 'mailfw-deploy',
        label: 'mailfw deploy, first',
        command: deploy,
        floor: 'two-sessions',
      },
      {
        id: 'mailfw-unchanged',
        label: 'mailfw deploy, unchanged fleet',
        command: deploy,
        mustNotSay: /confirmed/,
        floor: 'one-session',
      },
      { id: 'mailfw-check', label: 'mailfw check', command: command('check'), floor: 'one-session' },
    ],
    deploys: true,
    rounds,
  }
}
