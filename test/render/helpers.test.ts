import { expect, test } from 'vitest'
import { CONTEXT } from '../../src/policy/context-names.ts'
import { BLOCKS, HELPERS } from '../../src/render/helpers.ts'
import { faultsOf, renderLines } from './render-with.ts'

const vars = {
  list: [1, 'b'],
  names: { relay: '192.0.2.25' },
  key: 'relay',
  zero: 0,
  no: false,
  empty: [],
  text: 'x',
}

test.each([
  ['{{comment "smtp"}}', '-m comment --comment smtp'],
  ['{{comment "a \'b\' \\c"}}', '-m comment --comment "a \\\'b\\\' \\\\c"'],
  ['{{quote vars.text}}', '"x"'],
  ['{{join vars.list ","}}', '1,b'],
  ['{{lookup vars.names vars.key}}', '192.0.2.25'],
  ['{{#if (has vars "list")}}yes{{/if}}', 'yes'],
  ['{{#if (has vars "none")}}yes{{else}}no{{/if}}', 'no'],
  ['{{#if (includes vars.list "b")}}yes{{/if}}', 'yes'],
  ['{{#if (includes host.groups "none")}}yes{{else}}no{{/if}}', 'no'],
  ['{{#if (eq family "v4")}}yes{{/if}}', 'yes'],
  ['{{#if (not vars.zero)}}yes{{/if}}', 'yes'],
  ['{{#if (and vars.text (not vars.empty))}}yes{{/if}}', 'yes'],
  ['{{#if (or vars.no vars.zero)}}yes{{else}}no{{/if}}', 'no'],
  ['{{limitName "submission" "30/min" 60}}', 'submis-26b437fa'],
  ['{{#each vars.list}}{{@index}}={{this}} {{/each}}', '0=1 1=b '],
  ['{{#each vars.names as |value name|}}{{name}}={{value}}{{/each}}', 'relay=192.0.2.25'],
  ['{{vars.list.[1]}} of {{vars.list.length}}', 'b of 2'],
  ['{{services.[0].name}} of {{services.length}}', 'smtp of 1'],
  ['{{#each services}}{{#each openings}}{{match this}}{{/each}}{{/each}}', '-p tcp -m tcp --dport 25'],
])('%s is %s', (template, text) => {
  expect(renderLines(`# ${template}`, { vars, services: { smtp: {} } })).toEqual([`# ${text}`])
})

test.each([
  ['{{join vars.text ","}}', 'join: expected a list, found a string'],
  ['{{join vars.empty ""}}', 'join: expected text, found an empty string'],
  ['{{includes vars.text "x"}}', 'includes: expected a list'],
  ['{{lookup vars.names "none"}}', 'lookup: expected a name that exists, found "none"'],
  ['{{has vars.list "x"}}', 'has: expected names with values, found a list'],
  ['{{match vars.names}}', 'match: expected text, found nothing of this name'],
])('%s is refused with its place', (template, fault) => {
  expect(faultsOf(`# ${template}`, { vars })[0]).toContain(`rules.v4.hbs:3:3 ${fault}`)
})

test('no helper hides a name of the context, and each says what it means', () => {
  expect(Object.keys(CONTEXT.names).filter((name) => name in HELPERS || name in BLOCKS)).toEqual([])
  for (const helper of Object.values(HELPERS)) expect(helper.usage + helper.means).toMatch(/^\{\{.*\}\}\S/)
})
