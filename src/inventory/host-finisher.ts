import { isIPv6 } from 'node:net'
import type { Host, Login } from '../model/host.ts'
import { compareText } from './group-order.ts'
import { hostVars } from './host-vars.ts'
import type { HostEntry, InventoryTree } from './inventory-tree.ts'
import { withAncestors } from './inventory-tree.ts'
import type { LoginDefaults } from './login-reader.ts'
import { addressVariable, readLocalLogin, readLogin } from './login-reader.ts'
import type { SettingReader } from './setting-reader.ts'
import type { SettingsFinisher } from './settings.ts'
import { shown } from './shown.ts'
import type { Variables } from './variable-set.ts'

const SSH_PORT = 22
/** Names become names of directories, and words of commands; --limit takes a comma, a colon or a leading @ for something else. */
const SAFE_NAME = /^(?![-.@])[\p{L}\p{M}\p{N}_.@%+=~-]{1,253}$/u

export interface Reached {
  /** The login has to be complete. */
  readonly isContacted: boolean
  readonly isThisMachine: boolean
}

/** Makes hosts of entries; what is wrong is reported. */
export class HostFinisher {
  readonly #tree: InventoryTree
  readonly #login: LoginDefaults
  readonly #settings: SettingsFinisher
  readonly #reader: SettingReader
  /** Host names by the address, port and way of their logins. */
  readonly #logins = new Map<string, string>()
  /** The host that is the machine which mailfw runs on. */
  #local: HostEntry | undefined

  constructor(tree: InventoryTree, login: LoginDefaults, settings: SettingsFinisher, reader: SettingReader) {
    this.#tree = tree
    this.#login = login
    this.#settings = settings
    this.#reader = reader
  }

  finish(entry: HostEntry, variables: Variables, { isContacted, isThisMachine }: Reached): Host {
    if (!SAFE_NAME.test(entry.name) && !isIPv6(entry.name)) {
      this.#problem(
        entry,
        `expected a host name of letters, digits and any of _.@%+=~- that begins with none of - . @, or an IPv6 address, got ${shown(entry.name)}`,
      )
    }
    const read = isThisMachine ? readLocalLogin : readLogin
    const login = read(variables, this.#login, this.#reader, isContacted)
    if (isThisMachine) this.#refuseSecondLocal(entry)
    else this.#refuseTwin(entry, variables, login)
    return {
      name: entry.name,
      groups: this.#groupNames(entry),
      vars: hostVars(variables),
      login,
      settings: this.#settings.finish(variables, { name: entry.name, port: login.port }),
    }
  }

  #groupNames({ groups }: HostEntry): readonly string[] {
    return withAncestors(groups)
      .filter((group) => group !== this.#tree.all)
      .map(({ name }) => name)
      .toSorted(compareText)
  }

  /** The same address behind another jump host is another host. */
  #refuseTwin(entry: HostEntry, variables: Variables, { address, port, sshArguments }: Login): void {
    const where = (address ?? entry.name).toLowerCase()
    const key = JSON.stringify([where, port ?? SSH_PORT, sshArguments])
    const twin = this.#logins.get(key)
    if (twin === undefined) {
      this.#logins.set(key, entry.name)
      return
    }
    const message = `expected an address and port of its own for "${entry.name}", got ${where} port ${port ?? SSH_PORT}, which "${twin}" has too`
    const variable = addressVariable(variables)
    if (variable === undefined) this.#problem(entry, message)
    else this.#reader.problem(variable, [], message)
  }

  #refuseSecondLocal(entry: HostEntry): void {
    this.#local ??= entry
    if (this.#local === entry) return
    const message = `expected mailfw_local: true at one host, got it at "${entry.name}" and "${this.#local.name}": both would be this machine`
    this.#problem(entry, message)
  }

  #problem({ place }: HostEntry, message: string): void {
    this.#reader.problems.at(place.document, place.path, message)
  }
}
