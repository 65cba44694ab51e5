import type { SettingReader } from './setting-reader.ts'
import { mergedSetting } from './setting-merge.ts'
import { shown } from './shown.ts'
import type { Variables, VariableSet } from './variable-set.ts'

/** Whether a host is mailfw's, over ssh or as the machine that mailfw runs on, and if not, why. */
export type Membership = 'over-ssh' | 'this-machine' | 'no-services' | 'local'

const SSH_CONNECTIONS = [
  'ssh',
  'ansible.builtin.ssh',
  'smart',
  'paramiko',
  'paramiko_ssh',
  'ansible.builtin.paramiko_ssh',
]

/**
 * A host is ours when some level sets `mailfw_services` and no stronger one removes it. `own`: what the host itself sets, in
 * the inventory and in host_vars. Another connection than SSH or local is reported.
 */
export function membershipOf(
  variables: Variables,
  own: readonly VariableSet[],
  reader: SettingReader,
): Membership {
  const services = variables.get('mailfw_services')
  if (services === undefined || mergedSetting(services) === null) return 'no-services'
  const isMeant = isThisMachine(variables, own, reader)
  const connection = variables.get('ansible_connection')
  const value = connection?.value ?? 'ssh'
  if (value === 'local' || value === 'ansible.builtin.local') return isMeant ? 'this-machine' : 'local'
  if (connection !== undefined && !SSH_CONNECTIONS.some((name) => name === value)) {
    reader.problem(connection, [], `expected ssh or local, got ${shown(value)}`)
  }
  return 'over-ssh'
}

/** Set for a group or by -e it would give a mail firewall to every machine that reads the inventory. */
function isThisMachine(variables: Variables, own: readonly VariableSet[], reader: SettingReader): boolean {
  const isWritten = own.some(({ values }) => Object.hasOwn(values, 'mailfw_local'))
  return reader.setting(variables, 'mailfw_local')?.value === true && isWritten
}
