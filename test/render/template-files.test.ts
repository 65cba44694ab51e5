import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeHost } from './make-host.ts'
import { createRenderer } from '../../src/render/render.ts'
import { InputError } from '../../src/lib/input-error.ts'
import { renderFiles } from './render-with.ts'
import { templateDirectory } from './template-directory.ts'

const OURS = createRenderer().render(makeHost())

describe("a user's directory of templates", () => {
  test('changes nothing where it is empty', () => {
    expect(renderFiles({})).toBe(OURS.v4)
  })

  test('replaces one partial and leaves the rest', () => {
    expect(renderFiles({ 'partials/header.hbs': '# own header\n' })).toBe(
      OURS.v4.replace(/^(#.*\n)+/, '# own header\n'),
    )
  })

  test('replaces the rules of one family and leaves the other', () => {
    const wanted = createRenderer().render(
      makeHost({ templates: templateDirectory({ 'rules.v4.hbs': '*filter\nCOMMIT\n' }) }),
    )
    expect(wanted).toEqual({ v4: '*filter\nCOMMIT\n', v6: OURS.v6 })
  })

  test('may have partials of its own, hidden files and lines that end as on Windows', () => {
    const files = { 'partials/own.hbs': '*filter\r\nCOMMIT\r\n', 'rules.v4.hbs': '{{> own}}', '.gitkeep': '' }
    expect(renderFiles(files)).toBe('*filter\nCOMMIT\n')
  })

  test.each([
    'rules.hbs',
    'rules.v4',
    'rules.v4.hbs.orig',
    'header.hbs',
    'partials/header',
    'partials/a/b.hbs',
    'partial/header.hbs',
  ])('is refused with a file that overrides nothing: %s', (name) => {
    expect(() => renderFiles({ [name]: '' })).toThrow(
      /expected rules\.v4\.hbs, rules\.v6\.hbs or partials\/NAME\.hbs/,
    )
  })

  test('is refused with a control character, by its line', () => {
    expect(() => renderFiles({ 'rules.v4.hbs': 'a\n\u0001' })).toThrow(
      /rules\.v4\.hbs:2: expected text, found a control/,
    )
  })

  test('is refused where it is not there', () => {
    const templates = join(templateDirectory({}), 'missing')
    expect(() => createRenderer().render(makeHost({ templates }))).toThrow(
      `${templates}: expected templates that can be read: ENOENT`,
    )
  })

  test('is read once for all its hosts, its faults the same for each', () => {
    const renderer = createRenderer()
    const templates = templateDirectory({ 'rules.v4.hbs': '{{typo}}' })
    const errors = ['one', 'two'].map((name) => {
      try {
        return renderer.render(makeHost({ name, templates }))
      } catch (error) {
        return error
      }
    })
    expect(errors[0]).toBeInstanceOf(InputError)
    expect(errors[1]).toBe(errors[0])
  })
})

test('what is wrong with the text of a host names the line, the family and the host', () => {
  expect(() => renderFiles({ 'rules.v4.hbs': '*filter\n' }, { name: 'mx9' })).toThrow(
    /rules\.v4\.hbs: line 1 of the rendered rules\.v4: expected COMMIT of \*filter, found the end \(host mx9\)$/,
  )
})
