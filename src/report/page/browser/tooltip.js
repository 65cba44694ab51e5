import { element } from './element.js'

const GAP = 6

/** Where the cells are too small for names, the one that is pointed at or has the focus shows its own beside it. */
export function showNames({ hosts, pool }) {
  const list = document.querySelector('.grid:not(.names)')
  if (list === null) return
  const places = new Map([...list.querySelectorAll('a')].map((cell, index) => [cell, index]))
  const label = element('div', { className: 'tooltip', hidden: true, ariaHidden: 'true' })
  document.body.append(label)

  const hide = () => {
    label.hidden = true
  }
  const show = ({ target }) => {
    const cell = target.closest('a')
    if (cell === null) return
    const { host, outcome, message } = hosts[places.get(cell)]
    label.replaceChildren(element('b', {}, host), ` ${outcome}`, element('p', {}, pool[message]))
    label.hidden = false
    placeBeside(label, cell.getBoundingClientRect())
  }
  for (const type of ['mouseover', 'focusin']) list.addEventListener(type, show)
  for (const type of ['mouseleave', 'focusout', 'click']) list.addEventListener(type, hide)
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') hide()
  })
}

function placeBeside(label, { left, top, bottom }) {
  const { offsetWidth, offsetHeight } = label
  const { clientWidth, clientHeight } = document.documentElement
  const below = bottom + GAP + offsetHeight <= clientHeight
  label.style.left = `${scrollX + Math.max(GAP, Math.min(left, clientWidth - offsetWidth - GAP))}px`
  label.style.top = `${scrollY + (below ? bottom + GAP : top - GAP - offsetHeight)}px`
}
