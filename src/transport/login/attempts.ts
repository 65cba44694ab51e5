import type { AnyAuthMethod, KeyboardInteractiveCallback, Prompt } from 'ssh2'
import type { Secret } from '../../lib/secret.ts'
import type { Deadline } from '../deadline.ts'
import type { Ssh2 } from '../ssh2.ts'
import type { Credentials, Offer } from './credentials.ts'
import { makeKeyring } from './keyring.ts'

/** How the login of one session goes. */
export interface Attempts {
  /** What to try next, or `undefined` where nothing is left. `accepted` are the methods that the server names, once it has. */
  next(accepted: readonly string[] | undefined): AnyAuthMethod | undefined
  /** For messages: `the key ~/.ssh/id_ed25519`, `the agent`, `the password`. */
  tried(): readonly string[]
  /** Why a key that the server would have taken could not sign. */
  failures(): readonly unknown[]
}

interface Step {
  readonly words: readonly string[]
  /** `undefined` where the server does not take this step. */
  method(accepted: readonly string[]): AnyAuthMethod | undefined
}

/** Keys that were named for the host, then the password, then the other keys; each as soon as the server takes it. */
export function planAttempts(
  ssh2: Ssh2,
  user: string,
  credentials: Credentials,
  deadline: Deadline,
): Attempts {
  const failures: unknown[] = []
  const tried: string[] = []
  const note = (error: unknown): void => {
    failures.push(error)
  }
  const keyStep = (offer: Offer): Step[] => {
    if (offer.identities.length === 0) return []
    const agent = makeKeyring(ssh2, offer.identities, deadline, note)
    const method = { type: 'agent', username: user, agent } as const
    return [
      { words: offer.words, method: (accepted) => (accepted.includes('publickey') ? method : undefined) },
    ]
  }
  const { named, password, usual } = credentials
  const steps = [...keyStep(named), ...(password ? [passwordStep(user, password)] : []), ...keyStep(usual)]
  // A key may be offered unasked; whether a password is wanted is asked first.
  const mustAsk = named.identities.length === 0 && (password !== undefined || usual.identities.length === 0)
  return {
    next(accepted) {
      // After keys ssh2 does not hand on what the server named.
      if (accepted === undefined && (mustAsk || tried.length > 0)) return { type: 'none', username: user }
      for (const [index, step] of steps.entries()) {
        const method = step.method(accepted ?? ['publickey'])
        if (method === undefined) continue
        steps.splice(index, 1)
        tried.push(...step.words)
        return method
      }
      return undefined
    },
    tried: () => tried,
    failures: () => failures,
  }
}

/** A wrong password is sent once, not by each method that would take it: failures are counted on the host. */
function passwordStep(user: string, password: Secret): Step {
  return {
    words: ['the password'],
    method(accepted) {
      if (accepted.includes('password'))
        return { type: 'password', username: user, password: password.reveal() }
      if (accepted.includes('keyboard-interactive'))
        return { type: 'keyboard-interactive', username: user, prompt: answerWith(password) }
      return undefined
    },
  }
}

function answerWith(password: Secret) {
  let answered = false
  return (
    _name: string,
    _instructions: string,
    _language: string,
    prompts: Prompt[],
    finish: KeyboardInteractiveCallback,
  ): void => {
    // Only the one hidden question is about the password; a second one says that it was wrong, or asks for something else.
    const isForPassword = !answered && prompts.length === 1 && prompts[0]?.echo !== true
    answered ||= isForPassword
    finish(prompts.map(() => (isForPassword ? password.reveal() : '')))
  }
}
