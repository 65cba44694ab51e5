import { describe, expect, it } from 'vitest'
import { ownerOf } from '../../src/host/first-deploy/owner.ts'
import { removalsOf } from '../../src/host/first-deploy/removals.ts'
import type { Plan } from '../../src/host/plan.ts'
import type { Difference } from '../../src/model/outcome.ts'
import { examinationWith, familyWith } from './examination.ts'

const line = (where: Difference['in'], text: string, table = 'filter'): Difference => ({
  in: where,
  table,
  line: text,
  cause: 'inventory',
})

function removed(differences: readonly Difference[], former?: string): readonly string[] {
  const plan = {
    foreign: '^-A INPUT -j f2b-',
    states: { v4: { differences }, v6: null },
    canonical: { v4: '*filter\nCOMMIT\n*mangle\nCOMMIT\n' },
  } as unknown as Plan
  const families = { v4: familyWith({ former: former ?? '' }) }
  const examination = examinationWith({ families, ...(former !== undefined && { generation: 3 }) })
  return removalsOf(plan, examination).map(({ in: where, table, line: text }) => `${where} ${table} ${text}`)
}

describe('what a first deploy takes away', () => {
  it('is each rule that is live or saved, once, but not what only moves, nor a policy', () => {
    expect(
      removed([
        line('live', '- :INPUT ACCEPT'),
        line('live', '+ :INPUT DROP'),
        line('live', '- -A INPUT -j MINE'),
        line('live', '- -A INPUT -i lo -j ACCEPT'),
        line('live', '+ -A INPUT -i lo -j ACCEPT'),
        line('live', '- :EMPTY -'),
        line('live', '- :MINE -'),
        line('live', '- -A MINE -j DROP'),
        line('live', '- -A INPUT -s 192.0.2.1/32 -p tcp -m tcp --dport 9 -j DROP'),
        line('saved', '- -A INPUT -p tcp -s 192.0.2.1 --dport 9 -j DROP'),
        line('saved', '- -A MINE -j DROP'),
        line('saved', '- -A INPUT -p tcp -j ACCEPT'),
        line('saved', '- -A INPUT -j f2b-sshd'),
      ]),
    ).toEqual([
      'live filter -A INPUT -j MINE',
      'live filter :EMPTY -',
      'both filter -A MINE -j DROP',
      'both filter -A INPUT -s 192.0.2.1/32 -p tcp -m tcp --dport 9 -j DROP',
      'saved filter -A INPUT -p tcp -j ACCEPT',
    ])
  })

  it('is asked for again only in tables that the last generation did not name', () => {
    const differences = [
      line('live', '- -A INPUT -j DROP'),
      line('live', '- -A OUTPUT -j MARK', 'mangle'),
      line('saved', '- -A PREROUTING -j CT', 'raw'),
    ]
    expect(removed(differences, '*filter\nCOMMIT\n')).toEqual(['live mangle -A OUTPUT -j MARK'])
    expect(removed(differences, '')).toHaveLength(2)
    expect(removed(differences)).toHaveLength(3)
  })
})

it.each([
  ['-A INPUT -j ufw-before-input', 'ufw'],
  ['-A ufw6-user-input -p tcp -j ACCEPT', 'ufw'],
  ['-A INPUT -i wg0 -j ACCEPT', 'WireGuard or another VPN'],
  ['-A INPUT -p udp -m udp --dport 51820 -j ACCEPT', 'WireGuard or another VPN'],
  ['-A INPUT -i vmbr1 -j ACCEPT', 'Proxmox or its administrator'],
  ['-A INPUT ! -i lo -j LOCALINPUT', 'csf'],
  ['-A INPUT -j REJECT --reject-with icmp-host-prohibited', "the distribution's own first rules"],
  ['-A INPUT -m comment --comment " -j ufw-x " -j ACCEPT', 'of the saved file'],
  ['-A INPUT -p tcp -m tcp --dport 51820 -j ACCEPT', 'of the saved file'],
])('whose %s seems to be: %s', (rule, owner) => {
  expect(ownerOf(rule, 'both')).toBe(owner)
})
