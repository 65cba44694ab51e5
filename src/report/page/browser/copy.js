import { element, say } from './element.js'

/** A command with a button that copies it. */
export function commandLine(command) {
  return element(
    'p',
    { className: 'fix' },
    element('code', { textContent: command }),
    element(
      'button',
      { type: 'button', className: 'copy' },
      'Copy',
      element('span', { className: 'hidden', textContent: ' the command' }),
    ),
  )
}

/** Makes every such button work, wherever it comes to stand. */
export function copyOnClick() {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('button.copy')
    if (button !== null) void copy(button.previousElementSibling, button)
  })
}

async function copy(code, button) {
  const label = button.firstChild
  const isCopied = await written(code)
  label.textContent = isCopied ? 'Copied' : 'Selected'
  say(isCopied ? 'Copied the command' : 'The command is selected')
  setTimeout(() => {
    label.textContent = 'Copy'
  }, 2_000)
}

/** Where the browser lets no page copy, it is selected, so that one key does it. */
async function written(code) {
  try {
    await navigator.clipboard.writeText(code.textContent)
    return true
  } catch {
    getSelection().selectAllChildren(code)
    return false
  }
}
