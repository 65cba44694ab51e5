import { commandLine } from './copy.js'
import { element } from './element.js'

/** All that the page knows of a host, below its name. */
export function hostDetails(host, pool) {
  const common = pool[host.common]
  return [
    element('p', { className: 'sentence', textContent: pool[host.message] }),
    common.fix !== undefined && commandLine(common.fix),
    common.hold !== undefined && element('p', { className: 'note' }, element('b', {}, 'Held: '), common.hold),
    facts(host, common),
    key(host),
    attempt(host),
    differences(common),
    findings(common.findings),
    generations(host.generations, pool),
  ]
}

function facts({ address, connections, seconds, generation }, { code }) {
  const rows = [
    ['Address', address],
    ['Generation', generation],
    ['Connections', connections],
    ['Took', `${seconds.toFixed(1)} s`],
    ['Code', code],
  ]
  return element(
    'dl',
    { className: 'facts' },
    rows
      .filter(([, value]) => value !== undefined)
      .map(([term, value]) => element('div', {}, element('dt', {}, term), element('dd', {}, String(value)))),
  )
}

function part(title, ...children) {
  return element('section', {}, element('h3', {}, title), ...children)
}

function key({ fingerprint, keyScan }) {
  if (fingerprint === undefined) return undefined
  return part(
    'Host key',
    element('p', {}, 'It offered: ', element('code', {}, fingerprint)),
    keyScan !== undefined && element('p', {}, 'Compare it with the machine itself before you record it:'),
    keyScan !== undefined && commandLine(keyScan),
  )
}

function attempt({ pending, reverted, unfinished }) {
  const lines = [
    pending && `${pending.id} waits to be confirmed; ${guardText(pending)}.`,
    reverted && `${reverted.id} was undone at ${reverted.at}.`,
    unfinished && `${unfinished.id} was being saved when the host died.`,
  ].filter(Boolean)
  if (lines.length === 0) return undefined
  return part(
    'Attempts',
    lines.map((line) => element('p', {}, line)),
    reverted !== undefined && element('pre', { textContent: reverted.log }),
  )
}

function guardText({ secondsLeft }) {
  return secondsLeft > 0
    ? `when the host was left, its guard had ${secondsLeft} s to put the old rules back`
    : 'no guard counts any more'
}

function differences({ states, blocks }) {
  if (states.length === 0) return undefined
  return part(
    'Rules',
    element(
      'ul',
      { className: 'states' },
      states.map((state) => element('li', {}, state)),
    ),
    blocks.length > 0 && element('p', { className: 'quiet' }, SIGNS),
    blocks.map(differenceBlock),
  )
}

const SIGNS = '+ is what a deploy adds, − what it takes away.'

function differenceBlock({ place, cause, lines }) {
  return element(
    'figure',
    { className: 'diff' },
    element('figcaption', {}, element('b', {}, place), ` ${cause}`),
    element('pre', {}, lines.map(differenceLine)),
  )
}

const ELEMENTS = { '+': 'ins', '-': 'del' }

function differenceLine(line) {
  return element(ELEMENTS[line[0]] ?? 'span', { textContent: line })
}

function findings(list) {
  if (list.length === 0) return undefined
  return part(
    'Findings',
    list.map(({ severity, message, fix }) =>
      element(
        'div',
        { className: 'finding' },
        element('p', {}, element('span', { className: `tag ${severity}` }, severity), ` ${message}`),
        fix !== undefined && commandLine(fix),
      ),
    ),
  )
}

const COLUMNS = ['Number', 'When', 'Who', 'mailfw', 'Revision', 'Note']

function generations(list, pool) {
  if (list === undefined || list.length === 0) return undefined
  const rows = list.map(([when, rest]) => generationRow(when, pool[rest]))
  return part(
    'Generations',
    element(
      'div',
      { className: 'table', tabIndex: 0, role: 'region', ariaLabel: 'Generations, newest first' },
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            COLUMNS.map((name) => element('th', { scope: 'col' }, name)),
          ),
        ),
        element('tbody', {}, rows),
      ),
    ),
  )
}

function generationRow(when, { n, by, version, revision, again, hold }) {
  const note = [again !== undefined && `the rules of ${again} again`, hold !== undefined && `held: ${hold}`]
  const cells = [when, by, version, revision, note.filter(Boolean).join('; ')]
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, String(n)),
    cells.map((text) => element('td', {}, text ?? '')),
  )
}
