import { posix } from 'node:path'
import ts from 'typescript'
import type { SourceFile } from './source-files.ts'
import { nodesOf, placeOf } from './source-files.ts'

/** One import, of values or of types only, written or called. */
export interface Import {
  /** `path:line` below `src`. */
  readonly place: string
  readonly from: string
  /** A path below `src` where it is one of ours; else the name as it is written. */
  readonly to: string
  readonly isOurs: boolean
}

/** Everything that a file imports or exports again, `import()` and types in `import('…')` included. */
export function importsOf(file: SourceFile): readonly Import[] {
  return nodesOf(file).flatMap((node) => {
    const name = importedName(node)
    return name === undefined ? [] : [makeImport(file, node, name)]
  })
}

function makeImport(file: SourceFile, node: ts.Node, name: string): Import {
  const isOurs = name.startsWith('.')
  return {
    place: placeOf(file, node),
    from: file.path,
    to: isOurs ? posix.join(posix.dirname(file.path), name) : name,
    isOurs,
  }
}

function importedName(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier)
  if (ts.isImportTypeNode(node))
    return textOf(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined)
  if (ts.isExternalModuleReference(node)) return textOf(node.expression)
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return textOf(node.arguments[0]) ?? 'a name that only a run knows'
  }
  return undefined
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined
}
