import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import type { Try } from './try.ts'
import { deploy, endOf, leftOn, lookAt, recoverOn, stub, tryOn, until, wantedWith } from './try.ts'

const WANTED = wantedWith(25)
const BACK = wantedWith(993)
const FIRST = { rules: BEFORE, saved: BEFORE }
const WITHOUT_V6 = 'rm /etc/iptables/rules.v6'

/** Where a confirmation stops that puts the first file of IPv4 back and removes that of IPv6, and whether it had begun then. */
const ONE_OF_EACH = {
  staging: { program: 'mv', at: '*/intent.new*', begun: false },
  committed: { program: 'mv', at: '"-f "*/rules.v4*', begun: false },
  'one-moved': { program: 'rm', at: '"-f /etc/iptables/rules.v6"', begun: true },
  'one-removed': { program: 'rm', at: '"-f "*/gone.v6', begun: true },
  'intent-stays': { program: 'rm', at: '*/intent', begun: true },
} as const

/** And of one that removes both. */
const NONE = {
  'none-removed': { program: 'rm', at: '"-f /etc/iptables/rules.v4"', begun: false },
  'v4-removed': { program: 'rm', at: '"-f "*/gone.v4', begun: true },
  'v4-done': { program: 'rm', at: '"-f /etc/iptables/rules.v6"', begun: true },
  'both-removed': { program: 'rm', at: '"-f "*/gone.v6', begun: true },
} as const

const POINTS = { ...ONE_OF_EACH, ...NONE }
type Point = keyof typeof POINTS
const points = Object.keys(POINTS) as readonly Point[]
/** The guard's story is the same at the others. */
const guarded: readonly Point[] = ['staging', 'one-removed', 'v4-removed']

describeLab('the saved files as they were first found', () => {
  const before = (point: Point) => (point in NONE ? { rules: BEFORE } : { ...FIRST, setup: WITHOUT_V6 })
  const hosts = [
    ...points.map((point) => ({ name: `${point}-off`, ...before(point) })),
    ...guarded.map((point) => ({ name: `${point}-killed`, ...before(point) })),
  ]
  const kinds = KINDS.map((kind) => ({ ...kind, ...FIRST, setup: WITHOUT_V6 }))
  const { host } = useLab([...hosts, ...kinds, { name: 'immutable', ...FIRST, setup: WITHOUT_V6 }])

  it.concurrent.each(KINDS)('come back, and what was not there goes: $name', async ({ name }) => {
    await deploy(host(name), WANTED)
    const made = await tryOn(host(name), BACK)
    await made.apply()
    await made.confirm({ persists: 'first' })
    expect(await savedOn(host(name))).toEqual({ v4: BEFORE.v4, v6: undefined })
    expect(await leftOn(host(name))).toBe('')
    const { families } = await lookAt(host(name), WANTED)
    expect(families.v4).toMatchObject({ wantedIsGeneration: false, savedIsGeneration: true })
    expect(families.v6).toMatchObject({ wantedIsGeneration: false, savedIsGeneration: true })
  })

  it.concurrent.each(guarded)('are finished or undone by the guard: %s', async (point) => {
    const here = host(`${point}-killed`)
    const made = await breakOff(here, point, 4)
    await here.succeed('read -r holder _ </run/mailfw/holder; kill -9 $holder $(cat /tmp/broken)')
    const end = await endOf(here)
    if (point === 'staging') expect(end).toBe('reverted')
    await expectSaved(here, made, point !== 'staging')
  })

  it.concurrent.each(points)('are finished or undone after a reboot: %s', async (point) => {
    const here = host(`${point}-off`)
    const made = await breakOff(here, point, 60)
    await here.powerOff()
    await here.powerOn()
    await here.run('rm -f /usr/local/sbin/mv /usr/local/sbin/rm')
    expect((await lookAt(here, BACK)).unfinished).toBe(true)
    const { did } = await recoverOn(here)
    expect(did).toBe(POINTS[point].begun ? 'confirmed' : 'rebooted')
    await expectSaved(here, made, POINTS[point].begun)
    await deploy(here, wantedWith(25, 993))
  })

  it.concurrent('are given up again where the other cannot be removed', async () => {
    const here = host('immutable')
    await deploy(here, WANTED)
    const made = await tryOn(here, BACK)
    await made.apply()
    await stub(here, 'rm', `case "$*" in "-f /etc/iptables/rules.v6") exit 1 ;; esac\nexec /usr/bin/rm "$@"`)
    await expect(made.confirm({ persists: 'first' })).rejects.toMatchObject({ code: 'disk-full' })
    await expectSaved(here, made, false)
    expect(await here.save('v4')).toContain('--dport 25 -j ACCEPT')
  })
})

/** Confirms a change that brings the first files back, and stops it before a program is run. */
async function breakOff(host: LabHost, point: Point, seconds: number): Promise<Try> {
  await deploy(host, WANTED)
  const made = await tryOn(host, BACK, seconds)
  await made.apply()
  const { program, at } = POINTS[point]
  const stop = 'echo $$ >/tmp/broken.new; /usr/bin/mv /tmp/broken.new /tmp/broken; exec sleep 1000'
  await stub(
    host,
    program,
    `case "$*" in ${at}) [ -e /tmp/broken ] || { ${stop}; } ;; esac\nexec /usr/bin/${program} "$@"`,
  )
  made.confirm({ persists: 'first' }).catch(() => undefined)
  await until(host, '[ -e /tmp/broken ]')
  return made
}

/** The first ones where the confirmation went through, else those that it found. */
async function expectSaved(host: LabHost, { examination }: Try, isConfirmed: boolean): Promise<void> {
  const wasThere = (await host.run('[ -e /var/lib/mailfw/generations/0/saved.v4 ]')).code === 0
  expect(await savedOn(host)).toEqual(
    isConfirmed ? { v4: wasThere ? BEFORE.v4 : undefined, v6: undefined } : WANTED,
  )
  expect((await lookAt(host, WANTED)).generation).toBe((examination.generation ?? 0) + (isConfirmed ? 1 : 0))
  expect(await leftOn(host)).toBe('')
}

async function savedOn(host: LabHost): Promise<Record<'v4' | 'v6', string | undefined>> {
  const [v4, v6] = await Promise.all(
    ['v4', 'v6'].map(async (family) => {
      const { code, stdout } = await host.run(`cat /etc/iptables/rules.${family}`)
      return code === 0 ? stdout : undefined
    }),
  )
  return { v4, v6 }
}
