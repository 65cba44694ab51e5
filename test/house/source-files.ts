import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import ts from 'typescript'

export const repository = resolve(import.meta.dirname, '../..')

/** A TypeScript file of `src`, parsed. */
export interface SourceFile {
  /** Its path below `src`, such as `cli/verbs.ts`. */
  readonly path: string
  readonly tree: ts.SourceFile
}

/** All TypeScript files below `src`. */
export function sourceFiles(): readonly SourceFile[] {
  return pathsBelow(join(repository, 'src'))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => parseSource(path, readFileSync(join(repository, 'src', path), 'utf8')))
}

export function parseSource(path: string, text: string): SourceFile {
  return { path, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) }
}

/** The paths of all files below a directory, sorted. */
export function pathsBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.relative(directory, posix.join(entry.parentPath, entry.name)))
    .sort()
}

/** Every node of a file, parents first. */
export function nodesOf({ tree }: SourceFile): readonly ts.Node[] {
  const nodes: ts.Node[] = []
  const visit = (node: ts.Node): void => {
    nodes.push(node)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return nodes
}

/** `path:line` of a node. */
export function placeOf({ path, tree }: SourceFile, node: ts.Node): string {
  return `${path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`
}
