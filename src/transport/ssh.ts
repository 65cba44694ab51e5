import { existsSync } from 'node:fs'
import type { Client } from 'ssh2'
import type { TellNotice } from '../model/events.ts'
import type { Host, ReachedHost } from '../model/host.ts'
import { ConnectError } from '../model/transport.ts'
import type {
  Answer,
  Behind,
  Connection,
  HostsBehind,
  KnockOptions,
  Probe,
  ServicePort,
  Transport,
} from '../model/transport.ts'
import { SshConfig } from './config/ssh-config.ts'
import { targetOf } from './config/target-of.ts'
import type { Asked, Local } from './config/target-of.ts'
import type { Deadline } from './deadline.ts'
import { startDeadline, stopped } from './deadline.ts'
import { checkHostKey } from './known-hosts/host-key-check.ts'
import { fingerprint } from './known-hosts/fingerprint.ts'
import { keyType } from './known-hosts/parse.ts'
import { KnownHostsStore } from './known-hosts/store.ts'
import { dial } from './line/dial.ts'
import { JumpHosts, keyOf } from './line/jump.ts'
import type { Line } from './line/line.ts'
import type { Known } from './line/routes.ts'
import { leadsOver } from './line/routes.ts'
import { runProxyCommand } from './line/proxy-command.ts'
import { planAttempts } from './login/attempts.ts'
import { Keychain } from './login/credentials.ts'
import type { Credentials } from './login/credentials.ts'
import type { AskPassphrase } from './login/key-file.ts'
import { readBanner } from './probe.ts'
import { retryWhileRefused } from './retry.ts'
import { hear } from './service/hear.ts'
import { unanswered } from './service/unanswered.ts'
import { connectionOf } from './session/connection.ts'
import { startSession } from './session/session.ts'
import { loadSsh2 } from './ssh2.ts'
import type { Target } from './target.ts'
import { endpoint, reasonOf } from './wording.ts'

export interface SshOptions {
  /** Host keys that no file has are added to the user's known_hosts; one that has changed is refused all the same. */
  readonly acceptNewHostKeys: boolean
  /** What `~` means in names of files. The user's ssh_config is where ssh looks for it. */
  readonly home: string
  /** Who logs in where neither inventory, flags nor ssh_config say it. */
  readonly localUser: string
  /** `PATH` finds ssh, `SSH_AUTH_SOCK` the agent, `SHELL` runs a ProxyCommand. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Absent: ssh's own. */
  readonly sshConfigFile?: string
  /** Absent: there is no terminal. Called at the most once for each key. */
  readonly askPassphrase?: AskPassphrase
  readonly notice: TellNotice
}

/** SSH to the hosts, by ssh2; what ssh_config and known_hosts say holds as for `ssh`. */
export function createTransport(options: SshOptions): Transport {
  return new SshTransport(options)
}

class SshTransport implements Transport {
  readonly #options: SshOptions
  readonly #local: Local
  readonly #config: SshConfig
  readonly #knownHosts: KnownHostsStore
  readonly #jumps: JumpHosts
  readonly #closing = new AbortController()
  readonly #targets = new WeakMap<ReachedHost, Promise<Target>>()
  readonly #firstKeys = new Map<string, FirstKey>()
  #keychain: Promise<Keychain> | undefined

  constructor(options: SshOptions) {
    const { home, localUser, environment, sshConfigFile, notice } = options
    this.#options = options
    this.#local = {
      home,
      user: localUser,
      environment,
      ...(sshConfigFile !== undefined && { configFile: sshConfigFile }),
    }
    this.#config = new SshConfig(environment, () => {
      if (existsSync(`${home}/.ssh/config`))
        notice('ssh is not installed here, so ~/.ssh/config is not followed')
    })
    this.#knownHosts = new KnownHostsStore(notice)
    this.#jumps = new JumpHosts((hop) => this.#logInToJumpHost(hop))
  }

  connect(
    host: Host,
    {
      signal,
      seconds = host.login.connectSeconds,
      address,
    }: { signal: AbortSignal; seconds?: number; address?: string },
  ): Promise<Connection> {
    return within(seconds, signal, async (deadline) => {
      // ssh2 is loaded while ssh is asked.
      const [target] = await Promise.all([this.#targetOf(host, deadline), loadSsh2()])
      const { client, line } = await this.#logIn(target, deadline, address)
      return connectionOf(client, line)
    })
  }

  probe(
    host: Host,
    address: string,
    { signal, seconds }: { signal: AbortSignal; seconds: number },
  ): Promise<Probe> {
    return within(seconds, signal, async (deadline) => {
      try {
        const target = {
          ...(await this.#targetOf(host, deadline)),
          hostName: address,
          addressFamily: 0 as const,
        }
        return await readBanner(await this.#openLine(target, deadline), deadline)
      } catch (error) {
        if (error instanceof ConnectError && error.code !== 'stopped')
          return { kind: 'failed', message: error.message }
        throw error
      }
    })
  }

  async knock(host: Host, port: ServicePort, options: KnockOptions): Promise<Answer> {
    const { signal, seconds, handshakeSeconds } = options
    const begun = performance.now()
    try {
      const line = await within(handshakeSeconds, signal, (deadline) =>
        this.#openService(host, port, deadline),
      )
      if (line === undefined) return 'untried'
      const left = seconds - (performance.now() - begun) / 1000
      const answer = await within(left, signal, (deadline) => hear(line, port.greeting, host.name, deadline))
      if (signal.aborted) throw stopped()
      return answer
    } catch (error) {
      return unanswered(error)
    }
  }

  behind(
    host: Host,
    hosts: readonly ReachedHost[],
    { address, signal, seconds }: { address: string; signal: AbortSignal; seconds: number },
  ): Promise<HostsBehind> {
    return within(seconds, signal, async (deadline) => {
      const target = await this.#targetOf(host, deadline)
      const mayRoute = await this.#config.mayRoute()
      const names = [host.name, ...(host.login.address === undefined ? [] : [host.login.address])]
      const known = { target, address, names }
      const found = await Promise.all(
        hosts
          .filter(
            (other) =>
              other.name !== host.name &&
              other.login.local !== true &&
              (mayRoute || other.login.sshArguments.some(isRoute)),
          )
          .map((other) => this.#ifBehind(other, known, deadline)),
      )
      return {
        found: found.flatMap((each) => (typeof each === 'object' ? each : [])),
        untold: found.flatMap((each) => (typeof each === 'string' ? each : [])),
      }
    })
  }

  /** Only its name if ssh does not tell how it is reached. */
  async #ifBehind(
    other: ReachedHost,
    known: Known,
    deadline: Deadline,
  ): Promise<Behind | string | undefined> {
    const target = await this.#targetOf(other, deadline).catch(() => undefined)
    if (target === undefined) return other.name
    if (!(await leadsOver(target.route, known))) return undefined
    return { name: other.name, address: target.hostName, port: target.port }
  }

  close(): void {
    this.#closing.abort()
    this.#jumps.close()
  }

  /** A ProxyCommand may lead to one port alone, and tells nothing of a handshake: none. */
  async #openService(host: Host, port: ServicePort, deadline: Deadline): Promise<Line | undefined> {
    const target = await this.#targetOf(host, deadline)
    if (target.route.kind === 'command') return undefined
    const elsewhere = { hostName: port.address, port: port.port, addressFamily: 0 as const }
    return this.#openLine({ ...target, ...elsewhere }, deadline)
  }

  #targetOf(host: ReachedHost, deadline: Deadline): Promise<Target> {
    const target = this.#targets.get(host) ?? this.#askForTarget(host)
    this.#targets.set(host, target)
    const late = (): ConnectError =>
      new ConnectError('ssh-config', `ssh did not tell its configuration within ${deadline.seconds} s`)
    return deadline.race(target, late)
  }

  #askForTarget({ name, login }: ReachedHost): Promise<Target> {
    const { port, user, keyFile, password, sshArguments } = login
    const asked: Asked = {
      name: login.address ?? name,
      ...(port !== undefined && { port }),
      ...(user !== undefined && { user }),
      ...(keyFile !== undefined && { keyFile }),
      ...(password && { password }),
      sshArguments,
    }
    return targetOf(asked, this.#config, this.#local)
  }

  #logIn(target: Target, deadline: Deadline, address?: string): Promise<LoggedIn> {
    const firstKey = firstKeyOf(this.#firstKeys, keyOf(target))
    const dialled =
      address === undefined ? target : { ...target, hostName: address, addressFamily: 0 as const }
    return retryWhileRefused(() => this.#tryLogIn(dialled, firstKey, deadline), deadline)
  }

  async #tryLogIn(target: Target, firstKey: FirstKey, deadline: Deadline): Promise<LoggedIn> {
    const ssh2 = await loadSsh2()
    const credentials = await this.#credentialsFor(target, deadline)
    const known = await this.#knownHosts.read(target.hostKeys)
    const { acceptNewHostKeys } = this.#options
    const hostKey = checkHostKey(target, known, { acceptNewHostKeys, firstKey: firstKey.blob })
    const attempts = planAttempts(ssh2, target.user, credentials, deadline)
    const line = await this.#openLine(target, deadline)
    const knownTypes = firstKey.blob ? [keyType(firstKey.blob)] : known.typesOf(target.hostKeys)
    const parts = { ssh2, target, line, knownTypes, hostKey, attempts, passedOver: credentials.passedOver }
    const client = await startSession(parts, deadline)
    firstKey.blob ??= hostKey.accepted()
    await this.#keep(target, hostKey.newKey())
    return { client, line }
  }

  /** Listing keys takes no network, but maybe a human who types a passphrase. */
  async #credentialsFor(target: Target, deadline: Deadline): Promise<Credentials> {
    const keychain = await this.#keys()
    const resume = deadline.pause()
    const late = (): ConnectError => new ConnectError('key-file', 'the keys were not read in time')
    return deadline.race(keychain.credentialsFor(target), late).finally(resume)
  }

  #openLine(target: Target, deadline: Deadline): Promise<Line> {
    const { route } = target
    switch (route.kind) {
      case 'direct':
        return dial(target, deadline)
      case 'jump':
        return this.#jumps.open(route.hop, target, deadline)
      case 'command':
        return Promise.resolve(runProxyCommand(target, route, this.#local.environment))
    }
  }

  #logInToJumpHost(hop: Target): Promise<Client> {
    return within(JUMP_SECONDS, this.#closing.signal, async (deadline) => {
      const { client, line } = await this.#logIn(hop, deadline)
      return client.on('close', () => {
        line.end()
      })
    })
  }

  async #keep(target: Target, newKey: Buffer | undefined): Promise<void> {
    if (newKey === undefined) return
    const what = `the new host key of ${endpoint(target.hostName, target.port)}, ${fingerprint(newKey)}`
    try {
      const file = await this.#knownHosts.add(target.hostKeys, newKey)
      this.#options.notice(`added ${what}, to ${file}`)
    } catch (error) {
      this.#options.notice(`accepted ${what}, but could not keep it: ${reasonOf(error)}`, 'warning')
    }
  }

  #keys(): Promise<Keychain> {
    const { home, askPassphrase } = this.#options
    this.#keychain ??= loadSsh2().then((ssh2) => new Keychain(ssh2, { home, askPassphrase }))
    return this.#keychain
  }
}

/** Whether an argument of ssh may lead over another host. */
function isRoute(word: string): boolean {
  return /^-[a-z0-9]*J|proxy|^-F/i.test(word)
}

/** A jump host is logged in to on behalf of all hosts behind it, so by none of their limits. */
const JUMP_SECONDS = 30

/** The key of a server when this run first logged in there: no file has to keep it. */
interface FirstKey {
  blob?: Buffer | undefined
}

function firstKeyOf(keys: Map<string, FirstKey>, server: string): FirstKey {
  const key = keys.get(server) ?? {}
  keys.set(server, key)
  return key
}

interface LoggedIn {
  readonly client: Client
  readonly line: Line
}

async function within<T>(
  seconds: number,
  signal: AbortSignal,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(seconds, signal)
  try {
    return await work(deadline)
  } finally {
    deadline.end()
  }
}
