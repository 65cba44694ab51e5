/**
 * Text from outside made safe for a terminal and for JSON: control and format characters (bidirectional marks among
 * them), line separators and halves of surrogate pairs become `\xNN` or `\u{N}`. A newline stays only where `lines`
 * asks for it.
 */
export function printable(text: string, options: { lines?: boolean; most?: number } = {}): string {
  const { lines = false, most = 2_000 } = options
  const cut = text.length > most ? `${text.slice(0, most)}…` : text
  // Most text is plain, which is seen more quickly.
  if (PLAIN.test(cut)) return cut
  return cut.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    lines && character === '\n' ? character : escaped(character),
  )
}

const PLAIN = /^[ -~]*$/

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
