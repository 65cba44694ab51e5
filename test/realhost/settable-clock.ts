import type { LabHost } from '../lab/host.ts'

/** A script that gives all services of a host, which systemd starts from then on, a wall clock that can be set. */
export const SETTABLE_CLOCK = `echo +0 >/run/clock
systemctl set-environment LD_PRELOAD="$(echo /usr/lib/*/faketime/libfaketime.so.1)" \\
  FAKETIME_TIMESTAMP_FILE=/run/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
`

/** Sets it, by seconds that it is ahead of the machine's own; resolves when a service has seen that. */
export async function setClock(host: LabHost, seconds: number): Promise<void> {
  await host.succeed(`echo ${seconds < 0 ? '' : '+'}${seconds} >/run/clock`)
  const seen = Number(await host.succeed('systemd-run --quiet --wait --pipe date +%s')) - Date.now() / 1_000
  if (Math.abs(seen - seconds) > 60)
    throw new Error(`Expected a clock that is ${seconds} s ahead, got ${seen}`)
}
