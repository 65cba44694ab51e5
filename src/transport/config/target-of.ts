import { createHash } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { ConnectError } from '../../model/transport.ts'
import type { Secret } from '../../lib/secret.ts'
import type { AllowedAlgorithms, HostKeySources, KeyChoice, Route, Target } from '../target.ts'
import type { SshConfig } from './ssh-config.ts'
import type { Answer } from './ssh-g.ts'
import { expandPath, expandTokens } from './tokens.ts'

/** Who asks, and from where. */
export interface Local {
  readonly home: string
  readonly user: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly configFile?: string
}

/** What inventory and flags say; it wins over ssh_config. */
export interface Asked {
  readonly name: string
  readonly port?: number
  readonly user?: string
  readonly keyFile?: string
  readonly password?: Secret
  readonly sshArguments: readonly string[]
}

/** Puts together how a host is reached. Rejects with ConnectError (`ssh-config`) where that cannot be done here. */
export async function targetOf(asked: Asked, config: SshConfig, local: Local, hops = 0): Promise<Target> {
  if (hops > MOST_HOPS)
    throw cannot(`ProxyJump leads over more than ${MOST_HOPS} hosts, the last is ${asked.name}: a loop?`)
  // What stands first wins, also over what stands in the arguments.
  const args = [
    ...(asked.port === undefined ? [] : ['-p', String(asked.port)]),
    ...(asked.user === undefined ? [] : ['-l', asked.user]),
    ...(local.configFile === undefined ? [] : ['-F', local.configFile]),
    ...asked.sshArguments,
  ]
  const answer = (await config.ask(args, asked.name)) ?? NO_SSH
  refuseOtherRoutes(answer)
  const basics = basicsOf(asked, answer, local)
  const tokens = tokensOf(one(answer, 'host') ?? asked.name, basics, answer, local)
  const paths: PathReader = (option, text) =>
    expandPath(expandTokens(text, tokens, option), {
      home: local.home,
      environment: local.environment,
      option,
    })
  const agentSocket = agentOf(answer, local, paths)
  return {
    ...basics,
    hostKeys: hostKeysOf(basics, answer, local),
    keyFiles: keyFilesOf(asked, answer, paths),
    identitiesOnly: one(answer, 'identitiesonly') === 'yes',
    ...(agentSocket !== undefined && { agentSocket }),
    ...(asked.password && { password: asked.password }),
    allowed: allowedOf(answer),
    route: await routeOf(asked, answer, tokens, { config, local, hops }),
  }
}

const MOST_HOPS = 8

/** OpenSSH's own defaults, for a machine without it. */
const NO_SSH: Answer = new Map([['identityfile', ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519']]])

type Basics = Pick<Target, 'hostName' | 'port' | 'user' | 'addressFamily' | 'bindAddress'>
type PathReader = (option: string, text: string) => string

function basicsOf(asked: Asked, answer: Answer, local: Local): Basics {
  const bindAddress = set(answer, 'bindaddress')
  return {
    hostName: one(answer, 'hostname') ?? asked.name.toLowerCase(),
    port: asked.port ?? Number(one(answer, 'port') ?? 22),
    user: asked.user ?? one(answer, 'user') ?? local.user,
    addressFamily: ADDRESS_FAMILIES[one(answer, 'addressfamily') ?? 'any'] ?? 0,
    ...(bindAddress !== undefined && { bindAddress }),
  }
}

const ADDRESS_FAMILIES: Readonly<Record<string, 0 | 4 | 6>> = { any: 0, inet: 4, inet6: 6 }

function hostKeysOf({ hostName, port }: Basics, answer: Answer, local: Local): HostKeySources {
  const alias = set(answer, 'hostkeyalias')?.toLowerCase()
  const plain = hostName.toLowerCase()
  const named =
    alias === undefined && port !== 22
      ? { name: `[${plain}]:${port}`, plainName: plain }
      : { name: alias ?? plain }
  return {
    ...named,
    userFiles: filesIn(answer, 'userknownhostsfile', [
      `${local.home}/.ssh/known_hosts`,
      `${local.home}/.ssh/known_hosts2`,
    ]).map((file) => atHome(file, local.home)),
    globalFiles: filesIn(answer, 'globalknownhostsfile', [
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ]),
    hashNames: one(answer, 'hashknownhosts') === 'yes',
  }
}

let ownHome: string | undefined

/** ssh takes the home of the password database, everything else here the one that it was given. */
function atHome(file: string, home: string): string {
  ownHome ??= userInfo().homedir
  const other = ownHome
  return file.startsWith(`${other}/`) ? `${home}${file.slice(other.length)}` : file
}

/** ssh prints names of files with spaces as they are: a word that starts no path belongs to the one before. */
function filesIn(answer: Answer, keyword: string, defaults: readonly string[]): string[] {
  const text = one(answer, keyword)
  if (text === undefined) return [...defaults]
  if (text === 'none') return []
  return text.split(/ (?=[/~])/)
}

function keyFilesOf(asked: Asked, answer: Answer, path: PathReader): KeyChoice[] {
  if (asked.keyFile !== undefined) return [{ path: path('the key file', asked.keyFile), required: true }]
  const files = (answer.get('identityfile') ?? []).filter((file) => file.toLowerCase() !== 'none')
  return [...new Set(files)].map((file) => ({ path: path('IdentityFile', file), required: false }))
}

/** The socket of the agent. Source: ssh_config(5), IdentityAgent. */
function agentOf(answer: Answer, local: Local, path: PathReader): string | undefined {
  const configured = one(answer, 'identityagent') ?? 'SSH_AUTH_SOCK'
  if (configured === 'none') return undefined
  if (configured === 'SSH_AUTH_SOCK') return local.environment['SSH_AUTH_SOCK'] || undefined
  if (/^\$[A-Za-z_]\w*$/.test(configured)) return local.environment[configured.slice(1)] || undefined
  return path('IdentityAgent', configured)
}

function allowedOf(answer: Answer): AllowedAlgorithms {
  const list = (keyword: string): string[] | undefined => one(answer, keyword)?.split(',')
  const [kex, serverHostKey] = [list('kexalgorithms'), list('hostkeyalgorithms')]
  const [cipher, hmac] = [list('ciphers'), list('macs')]
  return {
    ...(kex && { kex }),
    ...(serverHostKey && { serverHostKey }),
    ...(cipher && { cipher }),
    ...(hmac && { hmac }),
  }
}

async function routeOf(
  asked: Asked,
  answer: Answer,
  tokens: Readonly<Record<string, string>>,
  { config, local, hops }: { config: SshConfig; local: Local; hops: number },
): Promise<Route> {
  const template = set(answer, 'proxycommand')
  if (template !== undefined) return { kind: 'command', template, tokens }
  const jump = set(answer, 'proxyjump')
  if (jump === undefined) return { kind: 'direct' }
  const stations = expandTokens(jump, tokens, 'ProxyJump')
  const hop = await targetOf(hopOf(stations, asked.sshArguments), config, local, hops + 1)
  return { kind: 'jump', hop }
}

/** ssh reaches the last host of a ProxyJump by a `ssh -J` over those before it, which gets no argument of its own but `-F`. */
function hopOf(jump: string, sshArguments: readonly string[]): Asked {
  const stations = jump.split(',')
  const last = stations.pop() ?? ''
  const [, user, name = '', port] =
    /^(?:ssh:\/\/)?(?:(.*)@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?\/?$/.exec(last) ?? []
  return {
    name: name.replace(/^\[(.*)\]$/, '$1'),
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port: Number(port) }),
    sshArguments: [...configFileIn(sshArguments), ...(stations.length > 0 ? ['-J', stations.join(',')] : [])],
  }
}

function configFileIn(args: readonly string[]): string[] {
  return args.flatMap((word, index) => {
    if (word === '-F') return [word, args[index + 1] ?? '']
    return word.startsWith('-F') ? [word] : []
  })
}

function refuseOtherRoutes(answer: Answer): void {
  if (one(answer, 'proxyusefdpass') === 'yes')
    throw cannot('ProxyUseFdpass in ssh_config cannot be followed here')
  if (set(answer, 'bindinterface') !== undefined)
    throw cannot('BindInterface in ssh_config cannot be followed here')
  if (set(answer, 'revokedhostkeys') !== undefined)
    throw cannot('RevokedHostKeys in ssh_config cannot be read here; write @revoked lines into known_hosts')
}

function cannot(message: string): ConnectError {
  return new ConnectError('ssh-config', message)
}

/** The tokens of ssh_config(5) for names of files. */
function tokensOf(
  name: string,
  basics: Basics,
  answer: Answer,
  local: Local,
): Readonly<Record<string, string>> {
  const { hostName, port, user } = basics
  const l = hostname()
  const connection = createHash('sha1').update(`${l}${hostName}${port}${user}`).digest('hex')
  const L = l.split('.')[0] ?? l
  return {
    d: local.home,
    u: local.user,
    l,
    L,
    h: hostName,
    n: name,
    p: String(port),
    r: user,
    k: set(answer, 'hostkeyalias') ?? name,
    C: connection,
  }
}

function one(answer: Answer, keyword: string): string | undefined {
  return answer.get(keyword)?.[0]
}

/** An option that is not `none`. */
function set(answer: Answer, keyword: string): string | undefined {
  const value = one(answer, keyword)
  return value === 'none' ? undefined : value
}
