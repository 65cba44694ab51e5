const A_GROUP = 250

/** A YAML inventory of so many hosts in groups with services of their own; some hosts have settings of their own, too. */
export function largeInventory(hosts: number): string {
  const groups = Array.from({ length: Math.ceil(hosts / A_GROUP) }, (_, group) =>
    groupText(group, Math.min(A_GROUP, hosts - group * A_GROUP)),
  )
  return `${COMMON}${groups.join('')}`
}

const COMMON = `all:
  vars:
    ansible_user: root
    mailfw_networks: {office: [192.0.2.0/24, '2001:db8:1::/48']}
    mailfw_controllers: [office]
    mailfw_services: {smtp: {}}
  children:
`

function groupText(group: number, hosts: number): string {
  return `    site${group}:
      vars:
        mailfw_services:
          submission: {limit: {rate: 30/minute, burst: 60}, connections: 50}
          imaps: {limit: {rate: 60/minute, burst: 100}, connections: 200}
          managesieve: {from: [10.${group}.0.0/16]}
      hosts:
${Array.from({ length: hosts }, (_, host) => hostText(group, host)).join('')}`
}

function hostText(group: number, host: number): string {
  const number = group * A_GROUP + host
  const lines = [
    `        mx${number}.example.net:`,
    `          ansible_host: 10.${group}.${host >> 7}.${(host & 127) + 1}`,
    ...(host % 5 === 0 ? [`          mailfw_blocklist: [198.51.${number % 100}.${number % 250}]`] : []),
    ...(host % 7 === 0 ? [`          mailfw_addresses: ['2001:db8::${(number + 1).toString(16)}']`] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}
