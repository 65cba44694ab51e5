import { describe, expect, it } from 'vitest'
import { findingsOf, otherName } from '../../src/host/findings.ts'
import { examinationWith, familyWith } from './examination.ts'

const FOREIGN = '^-A [^ ]+ -j f2b-'

describe('a finding', () => {
  it('names every other firewall, and rules in the other backend, each with its fix', () => {
    const otherBackend = '*filter\n:INPUT DROP [0:0]\nCOMMIT'
    const examination = examinationWith({
      firewalls: ['ufw', 'firewalld'],
      families: { v4: familyWith({ otherBackend }), v6: familyWith() },
    })
    expect(findingsOf(examination, FOREIGN)).toMatchObject([
      { code: 'other-firewall', severity: 'warning', fix: 'ufw disable' },
      { code: 'other-firewall', severity: 'warning', fix: 'systemctl disable --now firewalld' },
      {
        code: 'other-backend',
        severity: 'warning',
        message: 'rules are also in iptables-legacy, and both filter',
      },
    ])
  })

  it('is none where another program alone has rules in the other backend', () => {
    const otherBackend = '*filter\n:f2b-x - [0:0]\n:INPUT ACCEPT [0:0]\n-A INPUT -j f2b-x\nCOMMIT'
    const families = { v4: familyWith({ otherBackend }), v6: familyWith() }
    expect(findingsOf(examinationWith({ families }), FOREIGN)).toEqual([])
  })

  it('names the inventory name that the newest generation was made under, if it is another one', () => {
    expect(otherName({ n: 3, host: 'mx1' }, 'mx2')).toMatchObject([
      { code: 'other-name', severity: 'warning', message: expect.stringContaining('mx1') as string },
    ])
    expect(otherName({ n: 3, host: 'mx1' }, 'mx1')).toEqual([])
    expect(otherName({ n: 3 }, 'mx1')).toEqual([])
    expect(otherName(undefined, 'mx1')).toEqual([])
  })
})
