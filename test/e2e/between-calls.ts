import type { HostSpec } from '../lab/host-spec.ts'

/**
 * Makes sshd run a script of ours in place of the call that has this number, 1 being the first that the host gets.
 * The script finds what was to run in `$SSH_ORIGINAL_COMMAND`.
 */
export function insteadOfCall(
  scripts: Readonly<Record<number, string>>,
): Required<Pick<HostSpec, 'sshdOptions' | 'setup'>> {
  return insteadOfCalls(
    scripts,
    `#!/bin/sh
echo call >>/etc/calls
number=$(wc -l </etc/calls)
[ ! -e "/etc/call.$number" ] || exec sh "/etc/call.$number"
exec sh -c "$SSH_ORIGINAL_COMMAND"
`,
  )
}

/** The same for a script that comes before the call. It must succeed and print nothing; `/etc/call.log` has what it said. */
export function beforeCall(
  scripts: Readonly<Record<number, string>>,
): Required<Pick<HostSpec, 'sshdOptions' | 'setup'>> {
  const proceed = 'exec sh -c "$SSH_ORIGINAL_COMMAND"\n'
  return insteadOfCall(
    Object.fromEntries(
      Object.entries(scripts).map(([call, script]) => [
        call,
        `( ${script}) </dev/null >>/etc/call.log 2>&1 || echo "failed before call ${call}" >>/etc/call.log\n${proceed}`,
      ]),
    ),
  )
}

/**
 * Makes sshd run a script of ours in place of a call of that verb: `apply.1` is the first one, `apply` each that has no
 * script of its own. The script finds what was sent in the file `$archive`, and what was to run in `$SSH_ORIGINAL_COMMAND`.
 */
export function insteadOfVerb(
  scripts: Readonly<Record<string, string>>,
): Required<Pick<HostSpec, 'sshdOptions' | 'setup'>> {
  return insteadOfCalls(
    scripts,
    `#!/bin/sh
export archive=/tmp/archive.$$
cat >$archive
verb=$(sed -n 's/^{ mailfw \\([a-z]*\\) .*/\\1/p' $archive)
echo call >>/etc/calls.$verb
number=$(wc -l </etc/calls.$verb)
for script in /etc/call.$verb.$number /etc/call.$verb; do
  [ ! -e $script ] || exec sh $script
done
exec sh -c "$SSH_ORIGINAL_COMMAND" <$archive
`,
  )
}

/** `choose` is run for each call: it becomes one of the scripts, `/etc/call.NAME`, or what was to run. */
function insteadOfCalls(
  scripts: Readonly<Record<string, string>>,
  choose: string,
): Required<Pick<HostSpec, 'sshdOptions' | 'setup'>> {
  const files = Object.entries(scripts).map(
    ([call, script]) => `cat >/etc/call.${call} <<'END'\n${script}END\n`,
  )
  return {
    sshdOptions: ['ForceCommand /usr/local/bin/call'],
    setup: `${files.join('')}cat >/usr/local/bin/call <<'END'\n${choose}END\nchmod 755 /usr/local/bin/call\n`,
  }
}
