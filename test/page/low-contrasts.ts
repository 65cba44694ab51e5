export interface Contrasts {
  /** How many texts were looked at. */
  readonly checked: number
  /** Those with less than 4.5 to 1 between them and what they stand on. */
  readonly low: readonly string[]
}

/** Runs in the page, so that it uses nothing from outside. Looks at the texts that can be seen, of a dialog alone while one is open. */
export function findLowContrasts(): Contrasts {
  interface Colour {
    readonly channels: readonly number[]
    readonly alpha: number
  }
  const LEAST = 4.5
  const WHITE: Colour = { channels: [255, 255, 255], alpha: 1 }
  const WEIGHTS = [0.2126, 0.7152, 0.0722]

  const colourOf = (text: string): Colour => {
    const numbers = (text.match(/[\d.]+/g) ?? []).map(Number)
    return { channels: numbers.slice(0, 3), alpha: numbers[3] ?? 1 }
  }
  const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  const luminance = ({ channels }: Colour) =>
    channels.reduce((sum, value, index) => sum + linear(value / 255) * (WEIGHTS[index] ?? 0), 0)
  const contrast = (one: Colour, other: Colour) => {
    const values = [luminance(one), luminance(other)]
    return (Math.max(...values) + 0.05) / (Math.min(...values) + 0.05)
  }
  const groundOf = (node: Element | null): Colour => {
    if (node === null) return WHITE
    const ground = colourOf(getComputedStyle(node).backgroundColor)
    return ground.alpha === 1 ? ground : groundOf(node.parentElement)
  }
  const hasText = (node: Element) =>
    [...node.childNodes].some((child) => child instanceof Text && child.data.trim() !== '')
  const isSeen = (node: Element) =>
    node.checkVisibility() && node.closest(':disabled, script, style') === null

  const scope = document.querySelector('dialog[open]') ?? document.body
  const texts = [...scope.querySelectorAll('*')].filter((node) => hasText(node) && isSeen(node))
  const hints = [...scope.querySelectorAll('input')]
  const found = [
    ...texts.map((node) => ({ node, style: getComputedStyle(node) })),
    ...hints.map((node) => ({ node, style: getComputedStyle(node, '::placeholder') })),
  ].map(({ node, style }) => ({ node, ratio: contrast(colourOf(style.color), groundOf(node)) }))
  return {
    checked: found.length,
    low: found
      .filter(({ ratio }) => ratio < LEAST)
      .map(
        ({ node, ratio }) =>
          `${node.localName}.${node.className} "${node.textContent.slice(0, 20)}": ${ratio.toFixed(2)}`,
      ),
  }
}
