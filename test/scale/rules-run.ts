import { performance } from 'node:perf_hooks'
import type { Wanted } from '../../src/model/host.ts'
import type { LabHost } from '../lab/host.ts'
import { deploy, lookAt, tryOn, wantedWith } from '../remote/try.ts'

/** Seconds of each step with a ruleset on one host. */
export type Steps = Readonly<Record<string, number>>

/** Checks, deploys, changes, reverts and goes back on a host whose rules are `count` and some more. */
export async function runRules(host: LabHost, count: number): Promise<Steps> {
  const steps: Record<string, number> = {}
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const from = performance.now()
    const result = await work()
    steps[name] = (performance.now() - from) / 1_000
    return result
  }
  const wanted = withRules(count, 10)
  const changed = withRules(count, 20)
  const first = await step('check before', () => tryOn(host, wanted))
  await step('apply', () => first.apply())
  await step('confirm', () => first.confirm())
  await step('check after', () => lookAt(host, wanted))
  const second = await step('check for others', () => tryOn(host, changed))
  await step('apply others', () => second.apply())
  await step('revert', () => second.revert())
  await step('deploy others', () => deploy(host, changed))
  await step('deploy nothing', () => deploy(host, wantedWith(25)))
  return steps
}

function withRules(count: number, net: number): Wanted {
  const some = wantedWith(25)
  const rules = (prefix: (number: number) => string) =>
    Array.from(
      { length: count },
      (_, number) => `-A INPUT -s ${prefix(number)} -p tcp -m tcp --dport 25 -j DROP`,
    )
  const add = (text: string, lines: readonly string[]) =>
    text.replace('COMMIT', `${lines.join('\n')}\nCOMMIT`)
  return {
    v4: add(
      some.v4,
      rules((number) => `${net}.${number >> 8}.${number & 255}.7/32`),
    ),
    v6: add(
      some.v6,
      rules((number) => `2001:db8:${net}:${number.toString(16)}::/64`),
    ),
  }
}
