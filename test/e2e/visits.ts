import type { HostSpec } from '../lab/host-spec.ts'
import type { LabHost } from '../lab/host.ts'

/** Makes sshd write down each session and each program that it is asked to start, whatever we say of it ourselves. */
export const COUNTED: Pick<HostSpec, 'sshdOptions' | 'setup'> = {
  sshdOptions: ['LogLevel VERBOSE', 'ForceCommand /usr/local/bin/count-call'],
  setup: `cat >/usr/local/bin/count-call <<'END'
#!/bin/sh
echo "$SSH_ORIGINAL_COMMAND" >>/var/log/calls
exec "$SHELL" -c "$SSH_ORIGINAL_COMMAND"
END
chmod 755 /usr/local/bin/count-call
touch /var/log/calls
chmod 666 /var/log/calls
`,
}

export interface Visits {
  /** Logins that sshd accepted. */
  readonly sessions: number
  /** Programs that it started for them. */
  readonly calls: number
}

/** Forgets what was counted. */
export async function forgetVisits(host: LabHost): Promise<void> {
  await host.succeed(': >/var/log/sshd.log; : >/var/log/calls')
}

/** What was counted since. */
export async function visitsOf(host: LabHost): Promise<Visits> {
  const count = async (script: string) => Number(await host.succeed(script))
  return {
    sessions: await count('grep -c "^Accepted publickey for " /var/log/sshd.log || true'),
    calls: await count('cat /var/log/calls 2>/dev/null | wc -l'),
  }
}
