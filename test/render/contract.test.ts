import { describe, expect, test } from 'vitest'
import { Opaque } from '../../src/inventory/opaque.ts'
import { faultsOf, renderLines } from './render-with.ts'

describe('a name that does not exist is refused with its place', () => {
  test.each([
    ['{{hots.name}}', '3:3 hots.name: expected a name that exists, found "hots"; here are host, family'],
    ['# {{host.nam}}', '3:5 host.nam: expected a name that exists, found "nam"; here are name, groups'],
    ['{{#if typo}}\n{{/if}}', '3:7 typo: expected a name that exists'],
    ['{{#unless settings.typo}}\n{{/unless}}', '3:11 settings.typo:'],
    ['{{#each typo}}\n{{/each}}', '3:9 typo:'],
    ['{{#with typo}}\n{{/with}}', '3:9 typo:'],
    ['{{#if false}}\n{{typo}}\n{{/if}}', '4:3 typo:'],
    [
      '{{#each services}}\n# {{nmae}}\n{{/each}}',
      '4:5 nmae: expected a name that exists, found "nmae"; here are name,',
    ],
    ['{{#each services}}\n# {{../typo}}\n{{/each}}', '4:5 ../typo:'],
    ['{{#each services as |service|}}\n# {{service.typo}}\n{{/each}}', '4:5 service.typo:'],
    ['{{#if (eq typo 1)}}\n{{/if}}', '3:11 typo:'],
    ['# {{comment typo}}', '3:13 typo:'],
    ['# {{typo host}}', '3:3 typo: expected one of the helpers comment, match'],
    ['# {{comment}}', '3:3 comment: expected {{comment "text"}}'],
    ['{{> typo}}', '3:1 typo: expected the name of a partial:'],
    ['{{> service x=typo}}', '3:15 typo:'],
    ['# {{@typo}}', '3:5 @typo: expected @root'],
    ['# {{@root.typo}}', '3:5 @root.typo:'],
    ['# {{../host.name}}', '3:5 ../host.name: expected fewer ../'],
    [
      '# {{services.name}}',
      '3:5 services.name: expected a name that exists, found "name"; here is a list: use #each',
    ],
    ['# {{host.name.first}}', '3:5 host.name.first:'],
    ['# {{constructor.name}}', '3:5 constructor.name:'],
    ['# {{host.__proto__}}', '3:5 host.__proto__:'],
    ['# {{lookup host "__proto__"}}', '3:3 lookup: expected a name that exists, found "__proto__"'],
    ['# {{vars.typo}}', '3:5 vars.typo: expected a name that exists, found no "typo" (host mx1.example.net)'],
    ['# {{vars.a.b.c}}', '3:5 vars.a.b.c: expected a name that exists, found no "b"'],
    ['# {{vars.toString}}', '3:5 vars.toString:'],
    ['# {{vars.__proto__.x}}', '3:5 vars.__proto__.x:'],
    ['{{#if vars.typo}}\n{{/if}}', '3:7 vars.typo:'],
    ['{{#unless vars.typo}}\n{{/unless}}', '3:11 vars.typo:'],
    ['{{#each vars.typo}}\n{{/each}}', '3:9 vars.typo:'],
    ['{{#with vars.a}}\n{{#if typo}}\n{{/if}}\n{{/with}}', '4:7 typo:'],
    ['{{#each vars.list}}\n{{#if typo}}\n{{/if}}\n{{/each}}', '4:7 typo:'],
    ['{{#each vars.list as |item|}}\n{{#if item.typo}}\n{{/if}}\n{{/each}}', '4:7 item.typo:'],
    ['{{#if (or vars.typo 1)}}\n{{/if}}', '3:11 vars.typo:'],
    ['{{> service vars.typo}}', '3:13 vars.typo:'],
  ])('%j', (template, fault) => {
    expect(faultsOf(template, { vars: { a: {}, list: [{ name: 'x' }] } })[0]).toContain(
      `rules.v4.hbs:${fault}`,
    )
  })

  test('in a partial, with the place in the partial and once for all that include it', () => {
    const partials = { 'partials/own.hbs': '# own\n# {{typo}}\n' }
    const faults = faultsOf('{{> own}}\n{{> own}}', {}, partials)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(/^partials\/own\.hbs:2:5 typo: /)
  })

  test('every fault of a template at once', () => {
    expect(faultsOf('# {{one}}\n# {{two}}')).toHaveLength(2)
  })
})

describe('what has no text is refused where it is printed', () => {
  const vars = {
    nothing: null,
    empty: '',
    list: [1],
    map: { a: 1 },
    lines: 'a\nb',
    cr: 'a\rb',
    nul: 'a\u0000b',
    mark: 'a\u0001b',
    nan: Number.NaN,
    vault: new Opaque('a !vault value', 'x'),
  }

  test.each([
    ['nothing', 'expected text, found null'],
    ['empty', 'expected text, found an empty string'],
    ['list', 'expected text, found a list'],
    ['map', 'expected text, found a map'],
    ['lines', 'expected text of one line, got "a\\nb"'],
    ['cr', 'expected text of one line, got "a\\rb"'],
    ['nul', 'expected text of one line, got "a\\u0000b"'],
    ['mark', 'expected text of one line'],
    ['nan', 'expected text, found a number'],
    ['vault', 'expected a value, found a !vault value, which mailfw does not read'],
  ])('%s', (name, fault) => {
    const place = `rules.v4.hbs:3:5 vars.${name}: ${fault}`
    expect(faultsOf(`# {{vars.${name}}}`, { vars })[0]).toContain(place)
    expect(faultsOf(`# {{comment vars.${name}}}`, { vars })[0]).toContain(fault)
    expect(
      faultsOf(`{{#each vars.all}}\n# {{this}}\n{{/each}}`, {
        vars: { all: [vars[name as keyof typeof vars]] },
      })[0],
    ).toContain(fault)
  })

  test('a null of our own too', () => {
    expect(faultsOf('# {{settings.ssh.limit.rate}}')[0]).toContain(
      '3:5 settings.ssh.limit.rate: expected text, found',
    )
  })

  test('a list that is none, instead of a loop that does nothing', () => {
    expect(faultsOf('{{#each vars.port}}\n{{/each}}', { vars: { port: 25 } })[0]).toContain(
      '3:9 vars.port: expected a list, found a number',
    )
  })

  test('a value that nobody prints may be anything', () => {
    expect(renderLines('# fine', { vars })).toEqual(['# fine'])
  })
})

describe('a value never begins a line or an option of its own', () => {
  const vars = {
    x: '192.0.2.1 -j ACCEPT',
    option: '-j',
    not: '!',
    quote: 'a" -j ACCEPT',
    slash: 'a\\',
    commit: 'COMMIT',
  }

  test.each([
    ['-A INPUT -s {{vars.x}} -j DROP', 'expected one word that is no option, got "192.0.2.1 -j ACCEPT"'],
    ['-A INPUT {{vars.option}} DROP', 'expected one word that is no option, got "-j"'],
    ['-A INPUT {{vars.not}} -s 192.0.2.1', 'expected one word that is no option'],
    ['-A INPUT --comment "x {{vars.quote}}" -j DROP', 'expected text without a bare quote or backslash'],
    ['-A INPUT --comment "x {{vars.slash}}" -j DROP', 'expected text without a bare quote or backslash'],
    ['-A INPUT --comment a{{vars.quote}} -j DROP', 'expected one word'],
    ['{{vars.x}}', 'expected a rule that begins with -A'],
    ['{{vars.commit}}', 'expected *TABLE before anything else, got "COMMIT"'],
  ])('%s', (template, fault) => {
    expect(faultsOf(template, { vars })[0]).toContain(fault)
  })

  test.each([
    ['# {{vars.x}}', '# 192.0.2.1 -j ACCEPT'],
    [
      '-A INPUT -m comment {{comment vars.quote}} -j DROP',
      '-A INPUT -m comment -m comment --comment "a\\" -j ACCEPT" -j DROP',
    ],
    [
      '-A INPUT -m comment --comment {{quote vars.slash}} -j DROP',
      '-A INPUT -m comment --comment "a\\\\" -j DROP',
    ],
    [
      '-A INPUT -m comment --comment "{{vars.x}}" -j DROP',
      '-A INPUT -m comment --comment "192.0.2.1 -j ACCEPT" -j DROP',
    ],
  ])('%s is its text', (template, line) => {
    expect(renderLines(template, { vars })).toEqual([line])
  })

  test('values keep their characters: nothing is written as HTML', () => {
    const note = `<a href="x">Tom & Jerry's</a> = \``
    expect(renderLines('# {{vars.note}}', { vars: { note } })).toEqual([`# ${note}`])
    expect(renderLines('-A INPUT -m comment --comment {{vars.note}}', { vars: { note: '"a & b"' } })).toEqual(
      ['-A INPUT -m comment --comment "a & b"'],
    )
  })
})

describe('constructions that cannot be checked are refused', () => {
  test.each([
    ['# {{{host.name}}}', '3:3 host.name: expected {{ }}: {{{ }}} and {{& }} are not checked'],
    ['# {{&host.name}}', '3:3 host.name: expected {{ }}'],
    ['{{#services}}\n{{/services}}', '3:1 services: expected #if, #unless, #each, #with, with one value'],
    ['{{^services}}\n{{/services}}', '3:1 services: expected #if'],
    [
      '{{#*inline "x"}}\n{{/inline}}',
      '3:1 >: expected a partial from a file in partials/, found an inline one',
    ],
    ['{{#> service}}\n{{/service}}', '3:1 >: expected a partial from a file'],
    ['{{> (lookup host "name")}}', '3:1 (lookup …): expected the name of a partial'],
    ['{{log "x"}}', '3:1 log: expected one of the helpers'],
    ['# {{"text"}}', '3:3 "text": expected a name, found a value'],
    ['{{#if host.name}}', 'the template cannot be read'],
    ['# {{#if host.name}}{{/each}}', "3:6: the template cannot be read: if doesn't match each"],
    ['#  {{%}}', '3:6: the template cannot be read'],
  ])('%j', (template, fault) => {
    expect(faultsOf(template)[0]).toContain(fault)
  })

  test('a partial that includes itself', () => {
    expect(faultsOf('{{> own}}', {}, { 'partials/own.hbs': '{{> own}}' })[0]).toBe(
      'partials/own.hbs:1:1 own: expected a partial that does not include itself',
    )
  })
})
