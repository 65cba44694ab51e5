import type { SettingReader } from './setting-reader.ts'
import { mergedSetting } from './setting-merge.ts'
import { shown } from './shown.ts'
import type { Variables } from './variable-set.ts'

/** Whether a host is mailfw's, and if not, why. */
export type Membership = 'ours' | 'no-services' | 'local'

const SSH_CONNECTIONS = [
  'ssh',
  'ansible.builtin.ssh',
  'smart',
  'paramiko',
  'paramiko_ssh',
  'ansible.builtin.paramiko_ssh',
]

/** A host is ours when some level sets `mailfw_services` and no stronger one removes it. Another connection than SSH is reported. */
export function membershipOf(variables: Variables, reader: SettingReader): Membership {
  const services = variables.get('mailfw_services')
  if (services === undefined || mergedSetting(services) === null) return 'no-services'
  const connection = variables.get('ansible_connection')
  const value = connection?.value ?? 'ssh'
  if (value === 'local' || value === 'ansible.builtin.local') return 'local'
  if (connection !== undefined && !SSH_CONNECTIONS.some((name) => name === value)) {
    reader.problem(connection, [], `expected ssh or local, got ${shown(value)}`)
  }
  return 'ours'
}
