import ts from 'typescript'
import { importsOf } from './imports.ts'
import type { SourceFile } from './source-files.ts'
import { nodesOf, placeOf } from './source-files.ts'

/** Where a file holds text that only a shell would read. */
export function shellTextsIn(file: SourceFile): readonly string[] {
  return nodesOf(file)
    .filter((node) => shellSigns.some((sign) => sign.test(textOf(node))))
    .map((node) => placeOf(file, node))
}

/** Whether a file starts programs. */
export function startsPrograms(file: SourceFile): boolean {
  return importsOf(file).some(({ to }) => /^(node:)?child_process$/.test(to))
}

/** Where a file asks for a shell of its own: `exec`, `execSync`, or the option `shell`. */
export function shellCallsIn(file: SourceFile): readonly string[] {
  return nodesOf(file)
    .filter((node) => isShellOption(node) || isShellImport(node))
    .map((node) => placeOf(file, node))
}

const shellSigns: readonly RegExp[] = [
  /#! ?\//,
  /\b(ba|da|a|z|k|c)?sh\s+-[a-z]*[cs]\b/, // sh -c …, sh -s
  /(^|[;\n])\s*(if|while|until|for|case) .*(;|\n)\s*(then|do|in)\b/,
  /\$\((?!\?)/, // $(…)
  /[12&]?>\s*\/dev\/null/,
  /<<-?\s*['"]?[A-Z_]{2,}/, // a here-document
  /(^|\n|;\s*)(set -[eu]|trap |exec |export [A-Z])/,
]

/** The literal text of a string, or of one piece of a template. */
function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
    ? node.text
    : ''
}

function isShellOption(node: ts.Node): boolean {
  return (
    (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) &&
    ts.isIdentifier(node.name) &&
    node.name.text === 'shell'
  )
}

function isShellImport(node: ts.Node): boolean {
  if (!ts.isImportSpecifier(node)) return false
  const source = node.parent.parent.parent.moduleSpecifier
  const isChildProcess = ts.isStringLiteral(source) && /^(node:)?child_process$/.test(source.text)
  return isChildProcess && ['exec', 'execSync'].includes((node.propertyName ?? node.name).text)
}
