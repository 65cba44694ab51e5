import { ConnectError } from '../../model/transport.ts'

/**
 * Expands the `%` tokens of ssh_config(5) in the value of an option. Rejects a token that the option does not have, as
 * ssh does.
 */
export function expandTokens(text: string, tokens: Readonly<Record<string, string>>, option: string): string {
  return text.replace(/%(.?)/g, (_, letter: string) => {
    const value = letter === '%' ? '%' : tokens[letter]
    if (value === undefined)
      throw new ConnectError(
        'ssh-config',
        `${option} in ssh_config has the token %${letter}, which cannot be expanded`,
      )
    return value
  })
}

/** Expands a leading `~/` and `${NAME}`, as OpenSSH does in names of files. */
export function expandPath(
  text: string,
  options: { home: string; environment: Readonly<Record<string, string | undefined>>; option: string },
): string {
  const { home, environment, option } = options
  const path = text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = environment[name]
    if (value === undefined)
      throw new ConnectError(
        'ssh-config',
        `${option} in ssh_config names the variable ${name}, which is not set`,
      )
    return value
  })
  return path === '~' || path.startsWith('~/') ? `${home}${path.slice(1)}` : path
}
