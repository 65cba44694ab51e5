import { readFileSync } from 'node:fs'
import type { HostSpec } from '../../lab/host-spec.ts'
import type { Case } from '../cases.ts'
import { specOf } from './kinds.ts'
import { stoppedProgram } from '../steps.ts'

/** The host of a case: of its kind, with what stops it at the step, and with what the fault needs. */
export function hostOf({ step, fault, kind }: Case, name: string): HostSpec {
  const spec = specOf(kind, name)
  const program = stoppedProgram(step)
  const setup = [
    'mkdir -m 0755 /etc/fault && mkdir /fault && chmod 0777 /fault && mkfifo -m 0666 /fault/go',
    write('/fault/step', `${step.stop}\n`),
    write('/fault/pattern', `${step.pattern ?? ''}\n`),
    write('/fault/environment', ENVIRONMENT),
    ...['stop', 'keys', 'call'].map((script) => install(script, `/etc/fault/${script}`)),
    ...['iptables-restore', 'ip6tables-restore'].map((name) => install('restore', `/usr/local/sbin/${name}`)),
    ...(program === undefined ? [] : [install('stand-in', `/usr/local/sbin/${program}`)]),
    ': >/fault/logins; : >/fault/calls; chmod 0666 /fault/*',
    spec.setup,
    fault.spec?.setup ?? '',
  ]
  return {
    ...spec,
    ...fault.spec,
    hasMailfw: kind.way === 'itself',
    setup: setup.join('\n'),
    sshdOptions: [
      'AuthorizedKeysFile none',
      'AuthorizedKeysCommand /etc/fault/keys %h',
      'AuthorizedKeysCommandUser root',
      'ForceCommand /etc/fault/call',
      ...(fault.spec?.sshdOptions ?? []),
    ],
  }
}

/** The name of the host of a wave's case. */
export function nameOf(index: number): string {
  return `mx${index + 1}`
}

/** libfaketime, for what a call starts: the monotonic clock stays, as it does when a clock is set. sudo reads it too. */
const ENVIRONMENT = `LD_PRELOAD=LIBRARY
FAKETIME_TIMESTAMP_FILE=/fault/clock
FAKETIME_NO_CACHE=1
FAKETIME_DONT_FAKE_MONOTONIC=1
`

function install(script: string, path: string): string {
  const text = readFileSync(`${import.meta.dirname}/../on-host/${script}.sh`, 'utf8')
  return `${write(path, text)}\nchmod 0755 ${path}`
}

function write(path: string, text: string): string {
  return `cat >${path} <<'END-OF-FILE'\n${text}END-OF-FILE`
}
