import ts from 'typescript'
import type { SourceFile } from './source-files.ts'
import { nodesOf, placeOf } from './source-files.ts'

/** Where a file exports again what others export, or is called as barrels are. */
export function barrelsIn(file: SourceFile): readonly string[] {
  return nodesOf(file)
    .filter((node) => (ts.isSourceFile(node) ? file.path.endsWith('index.ts') : isReExport(node)))
    .map((node) => placeOf(file, node))
}

/** Where a file has a default export. */
export function defaultExportsIn(file: SourceFile): readonly string[] {
  return nodesOf(file)
    .filter((node) => ts.isExportAssignment(node) || isDefaultModifier(node) || isExportedDefault(node))
    .map((node) => placeOf(file, node))
}

/** Where a file reaches for the process or the console, by a global or by a module of node. */
export function processUsesIn(file: SourceFile): readonly string[] {
  return nodesOf(file)
    .filter((node) => isGlobal(node) || isProcessModule(node))
    .map((node) => placeOf(file, node))
}

function isReExport(node: ts.Node): boolean {
  return ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined
}

function isDefaultModifier(node: ts.Node): boolean {
  return ts.isModifier(node) && node.kind === ts.SyntaxKind.DefaultKeyword
}

function isExportedDefault(node: ts.Node): boolean {
  return ts.isExportSpecifier(node) && node.name.text === 'default'
}

const owned = ['process', 'console']

/** A name that stands for the global itself, and `globalThis.NAME`; other properties may be called like that. */
function isGlobal(node: ts.Node): boolean {
  if (!ts.isIdentifier(node) || !owned.includes(node.text)) return false
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return ts.isIdentifier(parent.expression) && parent.expression.text === 'globalThis'
  }
  return ts.isExpression(parent) || ts.isShorthandPropertyAssignment(parent) || isValueOf(parent, node)
}

function isValueOf(parent: ts.Node, node: ts.Node): boolean {
  const { initializer } = parent as { readonly initializer?: ts.Node }
  return initializer === node
}

function isProcessModule(node: ts.Node): boolean {
  return ts.isStringLiteral(node) && owned.some((name) => node.text === name || node.text === `node:${name}`)
}
