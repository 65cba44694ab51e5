import { readFile } from 'node:fs/promises'
import type { LoginDefaults } from '../inventory/login-reader.ts'
import { Secret } from '../lib/secret.ts'
import type { FleetFlags } from './flags.ts'
import { askSecret, canAsk } from './prompt.ts'
import { UsageError } from './usage-error.ts'
import type { World } from './world.ts'

const CONNECT_SECONDS = 10

/** For verbs that log in nowhere. */
export const NO_LOGIN: LoginDefaults = { become: false, connectSeconds: CONNECT_SECONDS, offline: true }

/** Asks for the passwords that the flags want asked. Rejects with UsageError where nobody can answer. */
export async function readLogin(flags: FleetFlags, world: World): Promise<LoginDefaults> {
  const password = await readPassword(
    { flag: '-k', asked: flags['ask-pass'] === true, file: flags['connection-password-file'] },
    'Login password: ',
    world,
  )
  const becomePassword = await readPassword(
    { flag: '-K', asked: flags['ask-become-pass'] === true, file: flags['become-password-file'] },
    password === undefined ? 'Sudo password: ' : 'Sudo password (empty: the login password): ',
    world,
  )
  const isSame = becomePassword?.reveal() === '' && password !== undefined
  return {
    become: flags.become === true,
    connectSeconds: flags.timeout ?? CONNECT_SECONDS,
    ...(flags.user !== undefined && { user: flags.user }),
    ...(flags['private-key'] !== undefined && { keyFile: flags['private-key'] }),
    ...(password !== undefined && { password }),
    ...(becomePassword !== undefined && { becomePassword: isSame ? password : becomePassword }),
    ...(flags['confirm-seconds'] !== undefined && { confirmSeconds: flags['confirm-seconds'] }),
    ...(flags.confirm !== undefined && { confirm: flags.confirm }),
  }
}

interface PasswordSource {
  readonly flag: string
  readonly asked: boolean
  readonly file: string | undefined
}

async function readPassword(
  { flag, asked, file }: PasswordSource,
  question: string,
  world: World,
): Promise<Secret | undefined> {
  if (file !== undefined) return readPasswordFile(file)
  if (!asked) return undefined
  if (!canAsk(world)) {
    throw new UsageError(
      `${flag} asks for a password on the terminal, but stdin or stderr is none. Nothing was contacted.`,
    )
  }
  const password = await askSecret(question, world)
  if (password === undefined) throw new UsageError('No password was given. Nothing was contacted.')
  return password
}

async function readPasswordFile(path: string): Promise<Secret> {
  const password = (await readText(path)).replace(/\r?\n$/, '')
  // What follows the line that sudo reads would go to the shell that it starts.
  if (/[\r\n\0]/.test(password))
    throw new UsageError(`The password file ${path} has more than one line. Nothing was contacted.`)
  return new Secret(password)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`The password file ${path} cannot be read: ${reason}. Nothing was contacted.`)
  }
}
