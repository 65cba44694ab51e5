import { describe, expect, it } from 'vitest'
import { ruleFindings, undeletable, withoutEffect } from '../../src/host/rule-findings.ts'
import { DEFAULT_PRESERVE } from '../../src/model/foreign.ts'
import type { Examination } from '../../src/remote/examine.ts'
import { foreignPattern } from '../../src/ruleset/foreign.ts'
import { examinationWith, familyWith } from './examination.ts'

const text = (...lines: readonly string[]) => `*filter\n${lines.map((line) => `${line}\n`).join('')}COMMIT\n`

const WANTED = text(':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', '-A FORWARD -j LOG')

function findings(more: Partial<Examination>, wanted = WANTED) {
  return ruleFindings({
    wanted: { v4: wanted, v6: wanted },
    examination: examinationWith(more),
    foreign: foreignPattern(DEFAULT_PRESERVE),
  })
}

describe('IPv6 addresses', () => {
  const ipv6Addresses = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8::4', '2001:db8::5']
  const unfiltered = (live: string) => findings({ ipv6Addresses, families: { v6: familyWith({ live }) } })

  it.each([
    ['there are none', ''],
    ['they let everything in', text(':INPUT ACCEPT [0:0]', ':FORWARD DROP [0:0]')],
    ['fail2ban alone has one', text(':INPUT ACCEPT [0:0]', ':f2b-x - [0:0]', '-A INPUT -p tcp -j f2b-x')],
  ])('are warned of where live rules filter nothing: %s', (_how, live) => {
    expect(unfiltered(live)).toEqual([
      {
        code: 'ipv6-unfiltered',
        severity: 'warning',
        message:
          'the host has global IPv6 addresses (2001:db8::1, 2001:db8::2, 2001:db8::3 and 2 more), but no live IPv6 rule filters what comes in',
      },
    ])
  })

  it('are warned of where IPv6 rules are off', () => {
    expect(findings({ ipv6Addresses: ['2001:db8::1'], families: { v4: familyWith() } })).toMatchObject([
      {
        code: 'ipv6-unfiltered',
        message: 'the host has global IPv6 addresses (2001:db8::1), but IPv6 rules are off there',
      },
    ])
  })

  it.each([
    ['a policy', text(':INPUT DROP [0:0]')],
    ['a rule', text(':INPUT ACCEPT [0:0]', '-A INPUT -p tcp -j DROP')],
  ])('are nothing to tell of where %s filters', (_what, live) => {
    expect(unfiltered(live)).toEqual([])
  })

  it('are nothing to tell of if the other backend filters', () => {
    const v6 = familyWith({ otherBackend: text(':INPUT DROP [0:0]').trimEnd() })
    expect(findings({ ipv6Addresses: ['2001:db8::1'], families: { v6 } })).toEqual([])
  })

  it('are nothing to tell of where there are none', () => {
    expect(findings({ families: { v6: familyWith() } })).toEqual([])
  })
})

describe('a host that routes', () => {
  const routes = { v4: true, v6: false }

  it('is warned that what it forwards is dropped, and told what to set', () => {
    expect(findings({ routes })).toEqual([
      {
        code: 'forward-dropped',
        severity: 'warning',
        message:
          'the host routes IPv4 (net.ipv4.ip_forward is 1), and these rules drop what it would forward; where it shall forward more, set mailfw_policies: { forward: accept }, or accept it in mailfw_extra_rules',
      },
    ])
  })

  it('is told once of both families', () => {
    expect(findings({ routes: { v4: true, v6: true } })).toMatchObject([
      { message: expect.stringMatching(/^the host routes IPv4 and IPv6 \(/) as string },
    ])
  })

  it('is only told where other programs let theirs through', () => {
    const live = text(':FORWARD DROP [0:0]', ':DOCKER-USER - [0:0]', '-A FORWARD -j DOCKER-USER')
    expect(findings({ routes, families: { v4: familyWith({ live }) } })).toMatchObject([
      { severity: 'info', message: expect.stringContaining('let through (DOCKER-USER);') as string },
    ])
  })

  it.each([
    ['the policy accepts', WANTED.replace('FORWARD DROP', 'FORWARD ACCEPT')],
    ['a rule accepts', WANTED.replace('COMMIT', '-A FORWARD -i wg0 -j ACCEPT\nCOMMIT')],
  ])('is told nothing where %s', (_what, wanted) => {
    expect(findings({ routes }, wanted)).toEqual([])
  })
})

it('tells of rules of other programs behind ours', () => {
  expect(withoutEffect([])).toEqual([])
  expect(withoutEffect(['-A INPUT -j f2b-sshd'])).toEqual([
    {
      code: 'foreign-without-effect',
      severity: 'warning',
      message:
        'a rule of another program stands behind ours, where packets may never reach it: -A INPUT -j f2b-sshd; a deploy puts it first',
    },
  ])
})

it('names rules that are not deleted as they are printed', () => {
  expect(undeletable([])).toEqual([])
  expect(undeletable(['-A INPUT -j HMARK'])).toEqual([
    {
      code: 'undeletable-rule',
      severity: 'warning',
      message:
        'iptables does not delete by the words that it prints: -A INPUT -j HMARK; a deploy rebuilds the chain',
    },
  ])
})
