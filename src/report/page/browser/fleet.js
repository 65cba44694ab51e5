import { byId } from './element.js'

/** The grid: which hosts are shown, and how the keys move among them. */
export function createFleet({ hosts, entries }) {
  const list = document.querySelector('.grid')
  const cells = [...list.querySelectorAll('a')]
  const buttons = [...document.querySelectorAll('.legend button')]
  const filter = byId('filter')
  const names = hosts.map(({ host }) => host.toLowerCase())
  let chosen
  let shown = cells

  const apply = () => {
    const isShown = shownBy({
      text: filter.value.trim().toLowerCase(),
      outcomes: buttons.filter(isPressed).map((button) => button.dataset.outcome),
      only: chosen === undefined ? undefined : new Set(entries[chosen]),
    })
    const flags = hosts.map((host, index) => isShown(host, names[index], index))
    cells.forEach((cell, index) => {
      cell.parentElement.hidden = !flags[index]
    })
    for (const item of document.querySelectorAll('[data-entry]')) {
      item.hidden = !entries[item.dataset.entry].some((index) => flags[index])
    }
    shown = cells.filter((_, index) => flags[index])
    tellShown(shown.length, cells.length)
    makeReachable(shown[0])
  }

  const makeReachable = (cell) => {
    for (const other of list.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1
    if (cell !== undefined) cell.tabIndex = 0
  }

  const reset = () => {
    filter.value = ''
    chosen = undefined
    for (const button of buttons) press(button, false)
  }

  filter.addEventListener('input', apply)
  for (const button of buttons) {
    button.addEventListener('click', () => {
      press(button, !isPressed(button))
      apply()
    })
  }
  byId('all').addEventListener('click', () => {
    reset()
    apply()
    filter.focus()
  })
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-show]')
    if (button === null) return
    reset()
    chosen = Number(button.dataset.show)
    apply()
    shown[0]?.focus()
    byId('~fleet').scrollIntoView()
  })
  list.addEventListener('focusin', (event) => {
    makeReachable(event.target.closest('a') ?? undefined)
  })
  list.addEventListener('keydown', (event) => {
    const place = shown.indexOf(event.target)
    const next = hasModifier(event) || place < 0 ? undefined : nextPlace(event.key, place, shown)
    if (next === undefined) return
    event.preventDefault()
    shown[next].focus()
  })

  for (const cell of cells) cell.tabIndex = -1
  apply()
  return {
    /** The link of a host by its place. */
    cellOf: (index) => cells[index],
    /** The place of the host that is shown `step` further, if there is one. */
    beside: (index, step) => {
      const next = shown[shown.indexOf(cells[index]) + step]
      return shown.includes(cells[index]) && next !== undefined ? cells.indexOf(next) : undefined
    },
  }
}

function shownBy({ text, outcomes, only }) {
  return (host, name, index) =>
    name.includes(text) &&
    (outcomes.length === 0 || outcomes.includes(host.outcome)) &&
    (only === undefined || only.has(index))
}

function isPressed(button) {
  return button.ariaPressed === 'true'
}

function press(button, pressed) {
  button.ariaPressed = String(pressed)
}

function tellShown(count, total) {
  const all = `${total.toLocaleString('en-US')} ${total === 1 ? 'host' : 'hosts'}`
  byId('shown').textContent = count === total ? all : `${count.toLocaleString('en-US')} of ${all} shown`
  byId('all').hidden = count === total
}

function hasModifier({ ctrlKey, metaKey, altKey, shiftKey }) {
  return ctrlKey || metaKey || altKey || shiftKey
}

function nextPlace(key, place, cells) {
  const last = cells.length - 1
  const within = (next) => (next >= 0 && next <= last ? next : place)
  switch (key) {
    case 'ArrowRight':
      return within(place + 1)
    case 'ArrowLeft':
      return within(place - 1)
    case 'ArrowDown':
      return within(place + columnsOf(cells))
    case 'ArrowUp':
      return within(place - columnsOf(cells))
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

/** As many as stand beside the first one, however wide the window is now. */
function columnsOf(cells) {
  const top = cells[0].offsetTop
  const second = cells.findIndex((cell) => cell.offsetTop > top)
  return second < 0 ? cells.length : second
}
