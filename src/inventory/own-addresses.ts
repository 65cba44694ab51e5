import { FAMILY } from '../model/family.ts'
import type { Network } from '../model/network.ts'
import { distinct, networkText } from './network-list.ts'
import type { SettingReader } from './setting-reader.ts'
import { shown } from './shown.ts'
import type { Variables } from './variable-set.ts'

/** `mailfw_addresses` of a host; empty where it has none. A network or a name is reported. */
export function readAddresses(variables: Variables, reader: SettingReader): readonly Network[] {
  const setting = reader.setting(variables, 'mailfw_addresses')
  if (setting === undefined) return []
  const addresses = setting.value.flatMap((text, index) => {
    const written = networkText(text)
    const isAddress =
      written !== undefined &&
      'network' in written &&
      written.network.prefix === FAMILY[written.network.family].addressBits
    if (isAddress) return [written.network]
    const fault =
      written !== undefined && 'fault' in written ? written.fault : `expected an address, got ${shown(text)}`
    reader.problem(setting.variable, [String(index)], fault)
    return []
  })
  return distinct(addresses)
}
