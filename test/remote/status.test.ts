import { expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import { KILL_GUARD } from '../e2e/pending.ts'
import { BEFORE, KINDS, useLab } from './fleet.ts'
import { endOf, recoverOn, statusOf, tryOn, wantedWith } from './try.ts'

const WANTED = wantedWith(25)

describeLab('status', () => {
  const { host } = useLab([
    ...KINDS.map((kind) => ({ ...kind, rules: BEFORE, saved: BEFORE })),
    ...['never', 'dead', 'due', 'taken-over'].map((name) => ({ name })),
  ])

  it.concurrent.each(KINDS)(
    'tells what an attempt is made of, and who made a generation: $name',
    async ({ name }) => {
      const made = await tryOn(host(name), WANTED)
      const { live } = await made.apply()
      const { pending, log, generation } = await statusOf(host(name))
      expect(pending).toMatchObject({
        id: made.id,
        state: 'applied',
        guardAlive: true,
        thisBoot: true,
        applied: live,
        tables: ['v4:filter', 'v6:filter'],
        families: ['v4', 'v6'],
        foreign: made.plan.foreign,
      })
      const uptime = Number((await host(name).succeed('cat /proc/uptime')).split(' ')[0])
      expect(Math.abs(uptime - (pending?.uptimeSeconds ?? 0))).toBeLessThan(10)
      expect(log).toMatch(/^\d+ applied$/)
      expect(generation).toBeUndefined()
      const by = 'user=José von der Post\ncontroller=laptop\n'
      await made.confirm({ receipt: `format=1\nattempt=${made.id}\nat=2026-11-22T14:02:30.123Z\n${by}` })
      expect(await statusOf(host(name))).toEqual({
        bootId: made.examination.bootId,
        generation: 1,
        receipt: {
          n: 1,
          attempt: made.id,
          live,
          at: '2026-11-22T14:02:30.123Z',
          by: 'José von der Post@laptop',
        },
        log: '',
      })
      expect(made.connection.errors()).toBe('')
    },
  )

  it.concurrent('tells nothing of a host that never had an attempt', async () => {
    const bootId = (await host('never').succeed('cat /proc/sys/kernel/random/boot_id')).trim()
    expect(await statusOf(host('never'))).toEqual({ bootId, log: '' })
  })

  it.concurrent('tells who reverted an attempt, also when another has taken its place', async () => {
    const made = await tryOn(host('due'), WANTED, 2)
    await made.apply()
    expect(await endOf(host('due'))).toBe('reverted')
    const revertedBy = { kind: 'guard', name: '', detail: '' }
    expect(await statusOf(host('due'))).toMatchObject({ revertedBy })
    const other = await tryOn(host('due'), WANTED)
    await other.apply()
    await other.revert()
    expect(await statusOf(host('due'), made.id)).toMatchObject({
      pending: { id: other.id },
      revertedBy: { kind: 'run' },
      past: { revertedBy },
    })
    expect(await made.cancel()).toBe('begun')
  })

  it.concurrent('tells which run settled an attempt whose guard was gone', async () => {
    const made = await tryOn(host('taken-over'), WANTED)
    await made.apply()
    await host('taken-over').succeed(KILL_GUARD)
    await recoverOn(host('taken-over'))
    const status = await statusOf(host('taken-over'), made.id)
    expect(status.past).toEqual({ revertedBy: { kind: 'recovery', name: 'alice@laptop', detail: '' } })
    expect(status.pending).toBeUndefined()
  })

  it.concurrent('tells whose intent it is that a host left which died', async () => {
    const record = 'id=4e1243bd22c66e76\\nv4=/etc/iptables/rules.v4\\nv6=/etc/iptables/rules.v6\\n'
    await host('dead').succeed(
      `mkdir -p /var/lib/mailfw/intent; printf '${record}' >/var/lib/mailfw/intent/record`,
    )
    expect((await statusOf(host('dead'))).unfinished).toBe('4e1243bd22c66e76')
  })
})
