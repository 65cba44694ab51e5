/**
 * How iptables-save would print a rule that a person wrote, as far as the rulesets of this test go: a rule for each address
 * of a list, with its prefix, and the module of a protocol by name. A rule that is printed already stays.
 */
export function asPrinted(rule: string): readonly string[] {
  const list = /(?<=(?:^| )-[sd] )\S+,\S+/.exec(rule)
  if (list !== null) {
    const [addresses] = list
    const rest = (address: string) => rule.replace(addresses, address)
    return addresses.split(',').flatMap((address) => asPrinted(rest(address)))
  }
  return [
    rule
      .replace(/(?<=(?:^| )-[sd] )([0-9.]+)(?= |$)/g, '$1/32')
      .replace(/(?<=(?:^| )-[sd] )([0-9a-f:]*:[0-9a-f:]*)(?= |$)/g, '$1/128')
      .replace(/(?<=(?:^| )-p (tcp|udp) )(?=(?:! )?--(?:[sd]port|syn|tcp-flags) )/g, '-m $1 '),
  ]
}
