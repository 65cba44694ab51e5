/** An element with properties and children; text stays text. `undefined` and `false` are no children. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name)
  const { attributes = {}, ...others } = properties
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  Object.assign(made, others)
  made.append(...children.flat(2).filter((child) => child !== undefined && child !== false))
  return made
}

export function byId(id) {
  return document.getElementById(id)
}

/** Says something to those who listen to the page. */
export function say(text) {
  byId('said').textContent = text
}
