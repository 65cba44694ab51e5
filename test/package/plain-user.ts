import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Somebody without privileges, who has a home directory and nothing of ours in the environment. */
export interface PlainUser {
  readonly home: string
  /** Runs a program to its end; returns its stdout, throws where it fails. */
  run(command: readonly string[], cwd?: string): string
}

/** `nobody` where we are root; else it is us, with another home. */
export function makePlainUser(): PlainUser {
  const home = mkdtempSync(join(tmpdir(), 'mailfw-user-'))
  chmodSync(home, 0o755)
  copyNpmCache(join(home, '.npm'))
  const become = isRoot() ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'] : []
  if (isRoot()) execute(['chown', '-R', `${NOBODY}:${NOBODY}`, home], { cwd: '/' })
  const env = {
    HOME: home,
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    ...npmSettings(),
  }
  return {
    home,
    run: (command, cwd = home) => execute([...become, ...command], { cwd, env }),
  }
}

/** Runs a program to its end; returns its stdout, throws where it fails. */
export function execute(
  [program = '', ...words]: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { ...options, encoding: 'utf8' })
  if (status === 0) return stdout
  const said = [error?.message, stderr, stdout].join('\n')
  throw new Error(`Expected \`${[program, ...words].join(' ')}\` to succeed, got ${String(status)}: ${said}`)
}

const NOBODY = 65534

function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** What was fetched before need not be fetched again, and does without a network. */
function copyNpmCache(target: string): void {
  const source = join(npmSetting('cache'), '_cacache')
  mkdirSync(target)
  if (existsSync(source)) cpSync(source, join(target, '_cacache'), { recursive: true })
}

/** Where packages come from on this machine. */
function npmSettings(): NodeJS.ProcessEnv {
  const cafile = npmSetting('cafile')
  return {
    npm_config_registry: npmSetting('registry'),
    ...(cafile === 'null' ? {} : { npm_config_cafile: cafile }),
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  }
}

function npmSetting(name: string): string {
  return execute(['npm', 'config', 'get', name], { cwd: '/' }).trim()
}
