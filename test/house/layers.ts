import type { Import } from './imports.ts'

/** The layers of src from the top down; those of one line stand beside each other. */
export const layers: readonly (readonly string[])[] = [
  ['main.ts'],
  ['cli'],
  ['report', 'fleet', 'controller'],
  ['host'],
  ['remote', 'ruleset', 'render'],
  ['transport', 'policy', 'inventory'],
  ['model'],
  ['lib'],
]

/** What goes further than "only from strictly below". */
const narrower: Readonly<Record<string, (layer: string) => boolean>> = {
  // Everyone else is handed a connection, and knows the interface in model
  transport: (importer) => importer === 'cli',
}
const onlyUse: Readonly<Record<string, readonly string[]>> = {
  report: ['model', 'lib'],
  controller: ['model', 'lib'],
}

/** `main.ts`, or the name of the folder. */
export function layerOf(path: string): string {
  return path.split('/')[0] ?? path
}

/** Whether a file may import another one of ours. */
export function isAllowed({ from, to }: Import): boolean {
  const [importer, imported] = [layerOf(from), layerOf(to)]
  if (importer === imported) return true
  const isBelow = heightOf(imported) > heightOf(importer)
  const isOffered = narrower[imported]?.(importer) ?? true
  const isUsed = onlyUse[importer]?.includes(imported) ?? true
  return isBelow && isOffered && isUsed
}

/** Counted from the top; a folder that is no layer is above all. */
function heightOf(layer: string): number {
  return layers.findIndex((beside) => beside.includes(layer))
}

/** Circles of imports among files, each as `a → b → a`. */
export function circlesAmong(imports: readonly Import[]): readonly string[] {
  const targets = new Map<string, string[]>()
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to])
  const done = new Set<string>()
  const circles: string[] = []
  const follow = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    else if (!done.has(path)) for (const target of targets.get(path) ?? []) follow(target, [...trail, path])
    done.add(path)
  }
  for (const path of targets.keys()) follow(path, [])
  return circles
}
