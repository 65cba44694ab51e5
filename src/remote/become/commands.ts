import type { Secret } from '../../lib/secret.ts'

/** How a login becomes root; one that is root already becomes nothing. */
export type Root =
  { readonly by: 'login' } | { readonly by: 'sudo'; readonly password?: Secret } | { readonly by: 'doas' }

/** sudo shows it when it waits for the password; sudo-rs puts it in brackets, with PAM's own words behind it. */
export const PROMPT = 'mailfw-sudo-password:'
export const READY = 'mailfw-ready'
/** The first line that is sent. */
export const BEGIN = 'mailfw-begin'
/** What the host says if a start-up file of the shell took it. */
export const CUT = 'mailfw-cut'

/**
 * What is executed on the host. Every login shell reads it alike, csh and fish included: plain words and one pair of
 * single quotes.
 * `read` takes no byte behind its line, so the shell that follows gets all of the rest or is not started.
 */
export function commandFor(root: Root): string {
  return root.by === 'login'
    ? `sh -c 'read -r begin; case $begin in ${BEGIN}) exec sh -s ;; esac; echo ${CUT}'`
    : becoming(BECOME[root.by](root))
}

const BECOME = {
  sudo: (root: Root) => ('password' in root ? `sudo -S -p ${PROMPT}` : 'sudo -n'),
  doas: () => 'doas -n',
}

// They drop SSH_CONNECTION, so it is told before; and they say why not in the language of the login
function becoming(words: string): string {
  const before =
    'echo mailfw-ssh $SSH_CONNECTION; echo mailfw-user $LOGNAME; LC_ALL=C; export LC_ALL; case $(id -u) in 0) set -- ;; *) set --'
  const shell = `sh -c "echo ${READY}; read -r begin; case \\$begin in ${BEGIN}) exec sh -s ;; esac; echo ${CUT}"`
  return `sh -c '${before} ${words} ;; esac; exec "$@" ${shell}'`
}
