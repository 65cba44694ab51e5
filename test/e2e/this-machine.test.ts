import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeLab } from '../lab/describe-lab.ts'
import type { LabHost } from '../lab/host.ts'
import type { HostSpec } from '../lab/host-spec.ts'
import type { Lab } from '../lab/lab.ts'
import { createLab } from '../lab/lab.ts'
import { CLOSED, OPEN } from './mailfw.ts'
import type { Conversation, ThisMachine } from './this-machine.ts'
import { openSession, thisMachine } from './this-machine.ts'

const APPLY = /Apply to \S+\? \[y\/N\] $/
const ASKED = /Did you get in\? \[y\/N\] $/
/** With time for the person's command, however busy the machine is. */
const MANUAL = ['--confirm', 'manual', '--confirm-seconds', '60']
const WORKSTATION = { v4: '198.18.255.1', v6: '2001:db8::ffff' }
const PLAIN = [
  ...['over-v4', 'over-v6', 'says-yes', 'interrupted', 'older', 'stranger', 'own', 'knocked', 'shut-out'],
  ...['nobody', 'peer', 'peer-outside', 'receipt', 'manual', 'killed', 'killed-late'],
]
const specs: readonly HostSpec[] = [
  ...PLAIN.map((name) => ({ name })),
  { name: 'sudo', user: 'sudo' },
  { name: 'other-port', sshPort: 2022 },
]

describeLab('mailfw on the server itself', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab(specs.map((spec) => ({ ...spec, hasMailfw: true })))
  }, 120_000)
  afterAll(() => lab.close())

  const isOpen = async (host: LabHost): Promise<boolean> => (await host.save('v4')).includes('--dport 25')
  const receipt = (host: LabHost, n = 1): Promise<string> =>
    host.succeed(`cat /var/lib/mailfw/generations/${n}/receipt`)
  const asked = async (machine: ThisMachine): Promise<Conversation> => {
    const shown = machine.atTerminal('deploy')
    await shown.until(APPLY)
    shown.type('y\n')
    await shown.until(ASKED)
    return shown
  }
  const result = async (machine: ThisMachine, verb = 'deploy', ...more: readonly string[]) => {
    const { hosts, code } = await machine.run(verb, ...more)
    return { exit: code, ...hosts[0] }
  }

  describe.concurrent('at a terminal', () => {
    it.concurrent.each(['v4', 'v6'] as const)(
      'confirms when it sees a new session over %s',
      async (family) => {
        const host = lab.host(`over-${family}`)
        const shown = await asked(await thisMachine(host, OPEN))
        expect(await host.succeed('cat /run/mailfw/attempt/deadline; cut -d. -f1 /proc/uptime')).toSatisfy(
          (text: string) => {
            const [deadline = 0, now = 0] = text.split('\n').map(Number)
            return deadline - now > 110
          },
        )
        const session = await openSession(lab, family === 'v4' ? host.address : host.address6)
        expect([await shown.ended, shown.shown()]).toEqual([0, expect.stringMatching(/1 confirmed/)])
        session.kill()
        expect(await receipt(host)).toContain(`\nclient=${WORKSTATION[family]}\n`)
      },
    )

    it.concurrent('takes the change back at a yes without a session', async () => {
      const host = lab.host('says-yes')
      const shown = await asked(await thisMachine(host, OPEN))
      shown.type('y\n')
      expect(await shown.ended).toBe(5)
      expect(shown.shown().replaceAll(/\s+/g, ' ')).toMatch(
        /expected a new SSH session from another machine, and the answer was yes, but sshd has no new one in which somebody logged in; the old rules are back/,
      )
      expect(await isOpen(host)).toBe(false)
    })

    it.concurrent('takes the change back at once at Ctrl-C', async () => {
      const host = lab.host('interrupted')
      const shown = await asked(await thisMachine(host, OPEN))
      shown.type('\u0003')
      expect([await shown.ended, await isOpen(host)]).toEqual([5, false])
    })

    it.concurrent('does not take a session for new that was there before', async () => {
      const host = lab.host('older')
      const session = await openSession(lab, host.address)
      const shown = await asked(await thisMachine(host, OPEN))
      shown.type('y\n')
      expect([await shown.ended, await isOpen(host)]).toEqual([5, false])
      session.kill()
    })

    it.concurrent(
      'needs a yes besides if the session comes from an address that nobody used before',
      async () => {
        const host = lab.host('stranger')
        const admin = await openSession(lab, host.address)
        const shown = await asked(await thisMachine(host, OPEN))
        const stranger = await openSession(lab, host.address6)
        await pause(2_500)
        expect(await host.succeed('ls /run/mailfw/attempt')).toContain('state.applied')
        shown.type('y\n')
        expect([await shown.ended, await isOpen(host)]).toEqual([0, true])
        for (const session of [admin, stranger]) session.kill()
      },
    )

    it.concurrent('does not take a session from an address of its own', async () => {
      const host = lab.host('own')
      await host.succeed('mkdir -p /root/.ssh; cat >/root/.ssh/id_ed25519; chmod 600 /root/.ssh/id_ed25519', {
        input: await readFile(`${lab.home}/.ssh/id_ed25519`),
      })
      const shown = await asked(await thisMachine(host, OPEN))
      const session = host.run(
        `ssh -o StrictHostKeyChecking=no ${host.address6} 'echo in >/tmp/in; exec sleep 4'`,
      )
      await host.succeed('until [ -e /tmp/in ]; do sleep 0.05; done')
      shown.type('y\n')
      expect([await shown.ended, shown.shown().replaceAll(/\s+/g, ' ')]).toEqual([
        5,
        expect.stringContaining('but the only new one comes from an address of its own'),
      ])
      await session
    })

    it.concurrent('does not take a connection in which nobody logged in', async () => {
      const host = lab.host('knocked')
      const shown = await asked(await thisMachine(host, OPEN))
      const knock = lab.spawnController(['bash', '-c', `exec 3<>/dev/tcp/${host.address}/22; exec sleep 60`])
      await host.succeed('until grep -q ":0016 .* 01 " /proc/net/tcp; do sleep 0.05; done')
      shown.type('y\n')
      expect([await shown.ended, await isOpen(host)]).toEqual([5, false])
      knock.kill()
    })

    it.concurrent('leaves rules that shut the workstation out to the answer', async () => {
      const host = lab.host('shut-out')
      const shown = await asked(await thisMachine(host, CLOSED))
      expect(await lab.connects('controller', host.address, 22)).not.toBe('open')
      shown.type('n\n')
      expect([await shown.ended, await isOpen(host)]).toEqual([5, false])
    })
  })

  describe.concurrent('without a terminal', () => {
    it.concurrent('refuses what nobody can show, before anything is changed', async () => {
      const host = lab.host('nobody')
      const machine = await thisMachine(host, OPEN)
      expect(await result(machine)).toMatchObject({
        exit: 4,
        outcome: 'failed',
        code: 'way-in-unproven',
        connections: 0,
      })
      expect(await host.save('v4')).toBe('')
      const checked = await result(machine, 'check')
      expect(checked).toMatchObject({ exit: 3, outcome: 'would-change' })
      expect(checked.findings?.map(({ code }) => code)).not.toContain('client-unknown')
    })

    it.concurrent('takes the settings for it if they let in whom sshd has', async () => {
      const host = lab.host('peer')
      const machine = await thisMachine(host, { ...OPEN, mailfw_ssh: { from: ['198.18.0.0/15'] } })
      const session = await openSession(lab, host.address)
      expect(await result(machine, 'deploy')).toMatchObject({ outcome: 'confirmed', code: 'deployed' })
      session.kill()
      expect(await receipt(host)).toContain(`\nclient=${WORKSTATION.v4}\n`)
    })

    it.concurrent(
      "refuses settings that leave out whom sshd has, or rules of one's own beside them",
      async () => {
        const host = lab.host('peer-outside')
        const session = await openSession(lab, host.address)
        const outside = await result(await thisMachine(host, CLOSED))
        const rules = { v4: ['-A INPUT -p tcp --dport 9100 -j ACCEPT'] }
        const extra = await result(await thisMachine(host, { ...OPEN, mailfw_extra_rules: rules }))
        session.kill()
        expect(outside).toMatchObject({ outcome: 'failed', code: 'way-in-unproven' })
        expect(outside.message).toContain(
          `${WORKSTATION.v4} has a session with sshd now, and mailfw_ssh does not let it in`,
        )
        expect([extra.code, extra.message]).toEqual([
          'way-in-unproven',
          expect.stringContaining('mailfw_extra_rules'),
        ])
      },
    )

    it.concurrent('goes by the client of the last receipt if sshd has nobody', async () => {
      const host = lab.host('receipt')
      const session = await openSession(lab, host.address)
      expect(await result(await thisMachine(host, OPEN))).toMatchObject({ outcome: 'confirmed' })
      session.kill()
      await host.succeed('until ! grep -q ":0016 .* 01 " /proc/net/tcp /proc/net/tcp6; do sleep 0.05; done')
      const more = { ...OPEN, mailfw_services: { smtp: {}, imaps: {}, pop3s: {} } }
      expect(await result(await thisMachine(host, more))).toMatchObject({ outcome: 'confirmed' })
      expect(await receipt(host, 2)).toContain(`\nclient=${WORKSTATION.v4}\n`)
      const outside = await result(await thisMachine(host, CLOSED))
      expect(outside).toMatchObject({ outcome: 'failed', code: 'way-in-unproven' })
      expect(outside.message).toContain('is the client of the last receipt')
      expect(await result(await thisMachine(host, OPEN), 'history')).toMatchObject({ generation: 2 })
    })

    it.concurrent(
      'leaves it to mailfw confirm with --confirm manual, and needs no new proof for the same rules',
      async () => {
        const host = lab.host('manual')
        const machine = await thisMachine(host, OPEN)
        const applied = await result(machine, 'deploy', ...MANUAL)
        expect(applied).toMatchObject({ outcome: 'unknown', code: 'awaiting-confirmation' })
        const id = applied.pending?.id ?? ''
        expect(await result(machine, 'status')).toMatchObject({ pending: { id } })
        expect(await result(machine, 'confirm', host.name, id)).toMatchObject({
          exit: 0,
          outcome: 'confirmed',
        })
        await host.succeed('iptables -D INPUT -p tcp -m tcp --dport 25 -m comment --comment smtp -j ACCEPT')
        expect(await result(machine, 'enforce')).toMatchObject({ outcome: 'confirmed' })
        expect(await isOpen(host)).toBe(true)
        expect(await result(machine, 'rollback', '--to', '0')).toMatchObject({ code: 'way-in-unproven' })
      },
    )

    it.concurrent('refuses rules that do not open the port of sshd', async () => {
      const machine = await thisMachine(lab.host('other-port'), OPEN)
      const { code, message } = await result(machine, 'deploy', ...MANUAL)
      expect([code, message]).toEqual([
        'ssh-port-closed',
        expect.stringContaining('sshd listens on port 2022 of this machine, but the rules open 22'),
      ])
    })

    it.concurrent('becomes root by sudo', async () => {
      const host = lab.host('sudo')
      const machine = await thisMachine(host, { ...OPEN, ansible_become: true }, 'admin')
      const { pending } = await result(machine, 'deploy', ...MANUAL)
      const reverted = await result(machine, 'revert', host.name, pending?.id ?? '')
      expect(reverted).toMatchObject({ outcome: 'reverted', code: 'by-hand' })
      const plain = await thisMachine(host, OPEN, 'admin')
      expect(await result(plain)).toMatchObject({ outcome: 'failed', code: 'not-root' })
    })
  })

  describe.concurrent('killed', () => {
    it.concurrent('while it asks, leaves the guard armed', async () => {
      const host = lab.host('killed')
      const machine = await thisMachine(host, OPEN)
      const shown = await asked(machine)
      await host.succeed('kill -9 $(pidof node)')
      await shown.ended
      const { pending } = await result(machine, 'status')
      expect(pending?.secondsLeft).toBeGreaterThan(60)
      expect(await result(machine, 'revert', host.name, pending?.id ?? '')).toMatchObject({
        outcome: 'reverted',
      })
      expect(await isOpen(host)).toBe(false)
    })

    it.concurrent('before the confirmation is done, is reverted by the guard', async () => {
      const host = lab.host('killed-late')
      await host.succeed(
        'printf "%s\\n" "#!/bin/sh" "kill -9 \\$(pidof node); exec sleep 100" >/usr/local/sbin/sync; chmod 755 /usr/local/sbin/sync',
      )
      const session = await openSession(lab, host.address)
      const machine = await thisMachine(host, OPEN)
      await machine.run('deploy').catch(() => undefined)
      expect(await isOpen(host)).toBe(true)
      await host.succeed('until [ -e /run/mailfw/attempt/state.reverted ]; do sleep 0.1; done')
      expect(await isOpen(host)).toBe(false)
      session.kill()
    })
  })
})
