import type { Contestant } from '../contestant.ts'
import { FORKS } from '../options.ts'

/** mailfw as it is built. A deploy that changes needs a second connection, a check only one. */
export function mailfw(program: readonly string[], inventory: string, rounds: number): Contestant {
  const command = (verb: string) => [...program, verb, inventory, '--forks', String(FORKS)]
  return {
    name: 'mailfw',
    note: 'dist/main.js, no flags but --forks',
    rows: [
      {
        id: 'mailfw-deploy',
        label: 'mailfw deploy, first',
        command: command('deploy'),
        floor: 'two-sessions',
      },
      {
        id: 'mailfw-unchanged',
        label: 'mailfw deploy, unchanged fleet',
        command: command('deploy'),
        mustNotSay: /confirmed/,
        floor: 'one-session',
      },
      { id: 'mailfw-check', label: 'mailfw check', command: command('check'), floor: 'one-session' },
    ],
    deploys: true,
    rounds,
  }
}
