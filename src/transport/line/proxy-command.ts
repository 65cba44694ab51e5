import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { Duplex, PassThrough } from 'node:stream'
import type { Readable, Writable } from 'node:stream'
import { ConnectError } from '../../model/transport.ts'
import { printable } from '../../lib/printable.ts'
import { expandTokens } from '../config/tokens.ts'
import type { Target } from '../target.ts'
import type { Line } from './line.ts'

/** How much of its stderr is kept for an error. */
const COMPLAINT_BYTES = 500

/** For what it says on stderr to arrive, after its stdout has ended. */
const LAST_WORDS_MS = 100

/** Runs a ProxyCommand as OpenSSH does, by `exec` in the user's shell; its stdin and stdout are the line. Source: ssh_config(5). */
export function runProxyCommand(
  target: Target,
  route: { readonly template: string; readonly tokens: Readonly<Record<string, string>> },
  environment: Readonly<Record<string, string | undefined>>,
): Line {
  const tokens = { ...route.tokens, h: target.hostName }
  refuseShellSyntax({ user: target.user, host: target.hostName })
  const command = expandTokens(route.template, tokens, 'ProxyCommand')
  const shell = environment['SHELL'] ?? '/bin/sh'
  const child = spawn(shell, ['-c', `exec ${command}`], { env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
  const stream = Duplex.from({ writable: inputOf(child.stdin), readable: outputOf(child, child.stdout) })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-COMPLAINT_BYTES)
  })
  child.on('error', (error) => {
    said = error.message
    stream.destroy()
  })
  stream.on('error', () => undefined)
  stream.once('end', () => stream.destroy())
  return {
    stream,
    address: target.hostName,
    port: target.port,
    tcpCompleted: false,
    complaint: () => (said.trim() === '' ? '' : `the ProxyCommand said: ${printable(said.trim())}`),
    end: () => {
      stream.destroy()
      child.kill('SIGHUP')
    },
  }
}

/** As ssh does: the names become part of what the shell reads. Source: valid_hostname and valid_ruser in OpenSSH's ssh.c. */
function refuseShellSyntax(names: Readonly<Record<string, string>>): void {
  for (const [what, name] of Object.entries(names)) {
    if (!/["'`$;&<>|(){}\s\p{Cc}]|^-|\\$/u.test(name)) continue
    throw new ConnectError('ssh-config', `the name of the ${what} holds what a shell would not take for text`)
  }
}

/** A program that reads no more has ended or will: its output tells, and what it said meanwhile. */
function inputOf(stdin: Writable): Writable {
  const input = new PassThrough()
  stdin.on('error', () => input.resume())
  input.pipe(stdin)
  return input
}

/** Ends when the program has, so that by then its complaint is complete; a child that it left behind is not waited for. */
function outputOf(child: ChildProcess, stdout: Readable): Readable {
  const output = new PassThrough()
  const end = (): void => {
    output.end()
  }
  stdout.pipe(output, { end: false })
  stdout.once('end', () => {
    const timer = setTimeout(end, LAST_WORDS_MS)
    child.once('close', () => {
      clearTimeout(timer)
      end()
    })
  })
  return output
}
