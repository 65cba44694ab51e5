import { expect, it } from 'vitest'
import { findObjection } from '../../src/host/objections.ts'
import type { Host } from '../../src/model/host.ts'
import { examinationWith, familyWith } from './examination.ts'

const RULES = '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n'

it('takes a table for native where iptables-save says so, not where a comment does', () => {
  const objectionTo = (live: string) =>
    findObjection({
      host: {} as Host,
      ssh: undefined,
      wanted: { v4: RULES, v6: RULES },
      examination: examinationWith({ families: { v4: familyWith({ live }) } }),
      foreign: '^$',
      allows: () => false,
      takesOver: false,
    })
  const said = "# Table `filter' is incompatible, use 'nft' tool.\n"
  expect(objectionTo(`${RULES}${said}`)).toMatchObject({ code: 'native-nft' })
  const rule = `-A INPUT -m comment --comment "a\u2028${said.trim()}" -j DROP\n`
  expect(objectionTo(RULES.replace('COMMIT', () => `${rule}COMMIT`))).toBeUndefined()
})
