/** Splits text into words as a POSIX shell does: blanks, quotes, backslashes, no expansion. Absent where a quote is not closed. */
export function shellWords(text: string): readonly string[] | undefined {
  const words: string[] = []
  const token = /\s+|"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|([^\s"'\\]+)/suy
  let word: string | undefined
  while (token.lastIndex < text.length) {
    const match = token.exec(text)
    if (match === null) return undefined
    const part = wordPart(match)
    if (part !== undefined) word = (word ?? '') + part
    else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  return word === undefined ? words : [...words, word]
}

/** Absent for blanks. */
function wordPart([, inDouble, inSingle, escaped, plain]: RegExpExecArray): string | undefined {
  return inDouble?.replace(/\\(["\\$`])/g, '$1') ?? inSingle ?? escaped ?? plain
}
