import { appendFile, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeDirectories } from '../../lib/make-directories.ts'
import { codeOf } from '../../lib/system-error.ts'
import type { TellNotice } from '../../model/events.ts'
import type { HostKeySources } from '../target.ts'
import { reasonOf } from '../wording.ts'
import { KnownHosts } from './known-hosts.ts'
import { hashName } from './names.ts'
import { keyType, parseKnownHosts } from './parse.ts'

/** The known_hosts files of a run: each is read once, and new keys are added to them one after the other. */
export class KnownHostsStore {
  readonly #sets = new Map<string, { files: readonly string[]; lines: Promise<KnownHosts> }>()
  readonly #notice: TellNotice
  #adding: Promise<unknown> = Promise.resolve()

  constructor(notice: TellNotice) {
    this.#notice = notice
  }

  /** A file that is not there is empty; one that cannot be read is too, with a notice. */
  read(sources: HostKeySources): Promise<KnownHosts> {
    const files = [...sources.userFiles, ...sources.globalFiles]
    const key = files.join('\0')
    const set = this.#sets.get(key) ?? { files, lines: this.#load(files) }
    this.#sets.set(key, set)
    return set.lines
  }

  /** Appends a key to the first of the user's files, unless it is there by now. Resolves to that file; rejects as the file system does. */
  async add(sources: HostKeySources, blob: Buffer): Promise<string> {
    const adding = this.#adding.then(() => this.#append(sources, blob))
    this.#adding = adding.catch(() => undefined)
    return adding
  }

  async #load(files: readonly string[]): Promise<KnownHosts> {
    const texts = await Promise.all(files.map((file) => this.#text(file)))
    return new KnownHosts(texts.flatMap((text, index) => parseKnownHosts(text, files[index] ?? '')))
  }

  async #text(file: string): Promise<string> {
    try {
      return await readFile(file, 'utf8')
    } catch (error) {
      if (codeOf(error) !== 'ENOENT')
        this.#notice(`cannot read ${file}: ${reasonOf(error)}; its host keys are not known`, 'warning')
      return ''
    }
  }

  async #append(sources: HostKeySources, blob: Buffer): Promise<string> {
    const [file] = sources.userFiles
    if (file === undefined) throw new Error('ssh_config names no known_hosts file of the user')
    const text = await readFile(file, 'utf8').catch((error: unknown) => emptyIfAbsent(error))
    const present = new KnownHosts(parseKnownHosts(text, file)).judge(sources, blob).kind === 'known'
    const names = sources.hashNames ? hashName(sources.name) : sources.name
    const line = `${names} ${keyType(blob)} ${blob.toString('base64')}\n`
    await this.#remember(file, line)
    if (present) return file
    await makeDirectories(dirname(file), 0o700)
    // One write in append mode: lines of programs that do the same at the same time stay whole.
    await appendFile(file, text === '' || text.endsWith('\n') ? line : `\n${line}`, { mode: 0o600 })
    return file
  }

  async #remember(file: string, line: string): Promise<void> {
    const [parsed] = parseKnownHosts(line, file)
    const sets = [...this.#sets.values()].filter((set) => set.files.includes(file))
    for (const set of sets) if (parsed) (await set.lines).add(parsed)
  }
}

function emptyIfAbsent(error: unknown): string {
  if (codeOf(error) === 'ENOENT') return ''
  throw error
}
