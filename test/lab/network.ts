/** Where a host is on the lab's network. All labs use the same addresses: each is in namespaces of its own. */
export interface Addresses {
  readonly address: string
  readonly address6: string
}

export const controllerAddresses: Addresses = { address: '198.18.255.1', address6: '2001:db8::ffff' }

/** The addresses of host number 1, 2, … */
export function hostAddresses(number: number): Addresses {
  const [high, low] = bytes(number)
  return { address: `198.18.${high}.${low}`, address6: `2001:db8::${number.toString(16)}` }
}

/**
 * The kernel has one table of neighbours for all namespaces, with room for 1,024. So in a large lab the controller and its
 * hosts are told where the other is, for what is told takes no room; the hosts do not find each other there.
 */
export function isLarge(hosts: number): boolean {
  return hosts > 200
}

/** `ip -batch` input that makes the controller's side of the network. */
export function bridgeBatch(): string {
  return lines([
    'link set lo up',
    `link add ${bridge} address ${controllerHardware} type bridge stp_state 0 forward_delay 0 mcast_snooping 0 ageing_time 10000000`,
    ...addressLines(controllerAddresses, bridge, true),
    `link set ${bridge} up`,
  ])
}

/** The name of the controller's end of a host's cable. */
export function cableName(number: number): string {
  return `host${number}`
}

/** `ip -batch` input that lays a cable from the bridge to the network namespace of process 1. */
export function cableBatch(number: number, inLargeLab: boolean): string {
  const hardware = hardwareAddress(number)
  const name = cableName(number)
  return lines([
    `link add ${name} type veth peer name eth0 address ${hardware} netns 1`,
    `link set ${name} master ${bridge}`,
    // What goes to all would go to a thousand
    ...(inLargeLab ? [`link set ${name} type bridge_slave bcast_flood off mcast_flood off`] : []),
    `link set ${name} up`,
    ...(inLargeLab ? neighbourLines(hostAddresses(number), hardware, bridge) : []),
  ])
}

/** `ip -batch` input for the host's own side. */
export function hostBatch(addresses: Addresses, ipv6: boolean, inLargeLab: boolean): string {
  return lines([
    'link set lo up',
    ...addressLines(addresses, 'eth0', ipv6),
    'link set eth0 up',
    ...(inLargeLab ? neighbourLines(controllerAddresses, controllerHardware, 'eth0') : []),
  ])
}

const bridge = 'lab'
const controllerHardware = '02:00:c6:12:ff:ff'

/** It stays the same over a reboot, so that neighbours need not forget the old one. */
function hardwareAddress(number: number): string {
  const [high, low] = bytes(number).map((byte) => byte.toString(16).padStart(2, '0'))
  return `02:00:c6:12:${String(high)}:${String(low)}`
}

function neighbourLines(
  { address, address6 }: Addresses,
  hardware: string,
  device: string,
): readonly string[] {
  return [address, address6].map(
    (each) => `neighbour replace ${each} lladdr ${hardware} dev ${device} nud permanent`,
  )
}

function addressLines(addresses: Addresses, device: string, ipv6: boolean): readonly string[] {
  const v4 = `address add ${addresses.address}/15 dev ${device}`
  const v6 = `address add ${addresses.address6}/32 dev ${device} nodad`
  return ipv6 ? [v4, v6] : [v4]
}

function bytes(number: number): [number, number] {
  return [number >> 8, number & 255]
}

function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('')
}
