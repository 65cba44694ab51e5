import { printable } from '../../lib/printable.ts'
import type { Exit } from '../../model/transport.ts'
import { CUT } from './commands.ts'
import type { Talk } from './talk.ts'

export type NoAnswerCode =
  'sudo-missing' | 'sudo-password' | 'sudo-refused' | 'no-shell' | 'no-answer' | 'lost'

export interface WhyNot {
  readonly code: NoAnswerCode
  readonly message: string
  /** The host told that nothing of what was sent has run. */
  readonly ranNothing?: true
}

/** The program has ended without an answer. `output` is the beginning of what it said. */
export function whyNoAnswer(exit: Exit, talk: Talk, output: string): WhyNot {
  if (exit.code === undefined && exit.signal === undefined)
    return { code: 'lost', message: 'the connection broke' }
  if (new RegExp(`^${CUT}$`, 'm').test(output))
    return { code: 'no-shell', message: HEAD_TAKEN, ranNothing: true }
  const hasBegun = talk.session !== undefined
  if (!hasBegun && talk.errors.includes(SSHD_EXPIRED)) return { code: 'no-shell', message: LOGIN_EXPIRED }
  if (hasBegun && !talk.sent) return notRoot(exit, talk)
  const ended =
    exit.signal === undefined
      ? `exit status ${String(exit.code)}`
      : `signal ${printable(exit.signal, { most: 20 })}`
  const said = talk.errors !== '' ? talk.errors : printable(output, { most: 200 })
  return {
    code: 'no-shell',
    message: `the remote shell did not run our program (${ended}; a forced command, or no real login shell?); ${quoted(said)}`,
  }
}

/** Nothing came for so long. */
export function whyLate(talk: Talk, seconds: number): WhyNot {
  const { by } = talk.root
  if (by === 'login' || talk.sent)
    return { code: 'no-answer', message: `the host did not answer within ${seconds} s` }
  if (talk.session === undefined)
    return {
      code: 'no-shell',
      message: `the login shell did not start our program within ${seconds} s; does a start-up file of it, such as ~/.bashrc, wait for input? ${quoted(talk.errors)}`,
    }
  const waits = talk.asked ? 'took the password, but did not end' : 'neither ended nor asked for a password'
  return { code: 'sudo-refused', message: `${by} ${waits} within ${seconds} s; ${quoted(talk.errors)}` }
}

/** sudo asked a second time: for the same password if it said nothing else, or what its own words for that are. */
export function whyAskedAgain(talk: Talk): WhyNot {
  const plain = /^(?:sudo: )?(?:Sorry, try again\.|Authentication failed, try again\.)?$/.test(talk.errors)
  return {
    code: 'sudo-password',
    message: plain
      ? 'sudo did not accept the password'
      : `sudo did not accept the password, or asks for more than one; ${quoted(talk.errors)}`,
  }
}

function notRoot({ code }: Exit, talk: Talk): WhyNot {
  const { root, errors, user } = talk
  const { by } = root
  if (code === 127) return { code: 'sudo-missing', message: `there is no ${by} on the host` }
  const expired = whyExpired(talk)
  if (expired) return expired
  const refused = (fact: string, advice: string): WhyNot => ({
    code: 'sudo-refused',
    message: `${fact}; ${quoted(errors)}; ${advice}`,
  })
  const isUnasked = root.by === 'sudo' && root.password === undefined
  if (by === 'doas')
    return refused(
      DOAS_ASKS.test(errors)
        ? `doas lets this user become root with a password alone, and takes that at a terminal only`
        : 'doas does not let this user become root',
      `a line for /etc/doas.conf: permit nopass ${user} as root cmd sh`,
    )
  if (errors.includes(NEEDS_TERMINAL))
    return refused(
      'sudo wants a terminal, and mailfw gives it none',
      `a line for sudoers: Defaults:${user} !requiretty`,
    )
  const line = `a line for sudoers: ${user} ALL=(root) NOPASSWD: /bin/sh, /usr/bin/sh`
  return isUnasked && SUDO_ASKS.test(errors)
    ? refused('sudo does not let this user become root without a password (give it with -K)', line)
    : refused('sudo does not let this user become root', line)
}

/** sudo says it, and sudo-rs asks for a new password at once: it gets none, and cannot set it. */
export function whyExpired({ errors, root, sent, user }: Talk): WhyNot | undefined {
  if (root.by !== 'sudo' || sent || !SUDO_EXPIRED.test(errors)) return undefined
  const message = `the password of ${user} has expired, and sudo wants a new one: log in with ssh and change it (passwd); ${quoted(errors)}`
  return { code: 'sudo-refused', message }
}

function quoted(said: string): string {
  return said === '' ? 'it said nothing' : `it said: ${said}`
}

const HEAD_TAKEN =
  'a start-up file of the login shell, such as ~/.bashrc, read what was sent for our program, which did not run; let it leave stdin alone if the shell is not interactive'

const LOGIN_EXPIRED =
  'the password of this login has expired, and sshd starts no program until there is a new one: log in with ssh and change it'

// The words of sudo, sudo-rs, doas and sshd in the locale C
const NEEDS_TERMINAL = 'you must have a tty to run sudo'
const SUDO_ASKS = /a password is required|interactive authentication is required/
const SUDO_EXPIRED =
  /Account or password is expired|(?:Current|New) password:|Authentication token manipulation error/
const DOAS_ASKS = /Authentication (?:required|failed)/
const SSHD_EXPIRED = 'Password change required'
