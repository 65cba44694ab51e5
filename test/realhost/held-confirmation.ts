import type { LabHost } from '../lab/host.ts'
import type { RealHostSpec } from './real-lab.ts'

/** The calls of a deploy: examine, apply, confirm. */
const CONFIRM = 3

/** Makes a host's sshd hold the call that would confirm a deploy, until it is let go. */
export const HOLDS_CONFIRMATION: Required<Pick<RealHostSpec, 'sshdOptions' | 'setup'>> = {
  sshdOptions: ['ForceCommand /usr/local/bin/call'],
  setup: `cat >/usr/local/bin/call <<'END'
#!/bin/sh
echo call >>/run/calls
if [ "$(wc -l </run/calls)" = ${CONFIRM} ]; then
  : >/run/held
  read -r _ </run/go
fi
exec sh -c "$SSH_ORIGINAL_COMMAND"
END
chmod 0755 /usr/local/bin/call
mkfifo /run/go
`,
}

/** Resolves when the confirmation has come, and is held. */
export async function untilHeld(host: LabHost): Promise<void> {
  await host.succeed('until [ -e /run/held ]; do sleep 0.05; done', { timeoutSeconds: 30 })
}

/** Lets it go on. */
export async function letGo(host: LabHost): Promise<void> {
  await host.succeed('timeout 5 sh -c "echo go >/run/go"')
}
