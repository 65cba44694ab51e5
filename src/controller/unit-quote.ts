/** A word of ExecStart=, by systemd.syntax(7) and systemd.service(5): no specifier and no variable is expanded in it. */
export function commandWord(word: string): string {
  return quoted(word.replaceAll('$', '$$$$').replaceAll('%', '%%'))
}

/** A word of Environment=, which expands specifiers but no variables. */
export function valueWord(word: string): string {
  return quoted(word.replaceAll('%', '%%'))
}

/** A word of ReadWritePaths=, which knows quotes, but no escapes for characters: there are none for control characters. */
export function pathWord(path: string): string {
  const word = path.replaceAll('%', '%%')
  return isPlain(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`
}

function quoted(word: string): string {
  const escaped = word.replace(/["\\]/g, '\\$&').replace(/\p{Cc}/gu, hexadecimal)
  return isPlain(word) ? word : `"${escaped}"`
}

function isPlain(word: string): boolean {
  return /^[\w@%$+=:,./-]+$/.test(word)
}

/** Byte by byte, as systemd puts them together again. */
function hexadecimal(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
