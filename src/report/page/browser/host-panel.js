import { byId, element } from './element.js'
import { hostDetails } from './host-details.js'

/** Opens the host that the address names behind `#`, and closes it with the address. */
export function createHostPanel({ hosts, pool, glyphs, meanings }, fleet) {
  const panel = byId('host')
  const places = new Map(hosts.map(({ host }, index) => [host, index]))
  let opened

  const show = (index) => {
    const { outcome } = hosts[index]
    opened = index
    panel.replaceChildren(
      header(hosts[index], { glyph: glyphs[outcome], meaning: meanings[outcome] }),
      element('div', { className: 'details' }, ...hostDetails(hosts[index], pool).filter(Boolean)),
    )
    addSteps(index)
    if (!panel.open) panel.showModal()
    panel.scrollTop = 0
    byId('host-name').focus()
  }

  const addSteps = (index) => {
    for (const button of panel.querySelectorAll('[data-step]')) {
      const next = fleet.beside(index, Number(button.dataset.step))
      button.disabled = next === undefined
      button.addEventListener('click', () => {
        location.replace(`#${encodeURIComponent(hosts[next].host)}`)
      })
    }
  }

  const follow = () => {
    const index = places.get(hostIn(location.hash))
    if (index !== undefined) show(index)
    else if (panel.open) panel.close()
  }

  // The link that was followed has the focus again, unless there was none or the panel went on to another host
  panel.addEventListener('close', () => {
    if (hostIn(location.hash) !== undefined)
      history.replaceState(null, '', `${location.pathname}${location.search}`)
    const isBack = document.activeElement?.closest('a')?.hash === `#${encodeURIComponent(hosts[opened].host)}`
    if (!isBack) fleet.cellOf(opened).focus()
  })
  panel.addEventListener('click', (event) => {
    const isOutside = event.target === panel
    if (isOutside || event.target.closest('.close') !== null) panel.close()
  })
  window.addEventListener('hashchange', follow)
  follow()
}

function header({ host, outcome }, { glyph, meaning }) {
  const step = (by, text, label) =>
    element(
      'button',
      { type: 'button', className: 'plain', ariaLabel: label, attributes: { 'data-step': by } },
      text,
    )
  return element(
    'div',
    { className: 'top' },
    element(
      'p',
      { className: 'badge' },
      element('span', { className: `glyph ${outcome}`, ariaHidden: 'true' }, glyph),
      ` ${outcome} `,
      element('span', { className: 'quiet' }, meaning),
    ),
    element('h2', { id: 'host-name', tabIndex: -1 }, host),
    element(
      'div',
      { className: 'steps', role: 'group', ariaLabel: 'Hosts' },
      step(-1, '‹', 'Previous host'),
      step(1, '›', 'Next host'),
      element('button', { type: 'button', className: 'plain close', ariaLabel: 'Close' }, '×'),
    ),
  )
}

/** The name behind `#`, where it is one at all. */
function hostIn(hash) {
  try {
    return hash.length < 2 ? undefined : decodeURIComponent(hash.slice(1))
  } catch {
    return undefined
  }
}
