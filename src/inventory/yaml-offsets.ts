import type { Event, ScalarEvent } from 'js-yaml'
import { EVENT_ID, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml'

/** Offsets in the text by `offsetKey` of the path: of the key in a map, of the item in a list. */
export function yamlOffsets(source: string): ReadonlyMap<string, number> {
  return indexEvents(source, parseEvents(source, {}))
}

/** Where the first map begins whose key is itself a list or a map. */
export function complexKeyOffset(source: string): number | undefined {
  let found: number | undefined
  indexEvents(source, parseEvents(source, {}), (event) => {
    found ??= startOf(event)
  })
  return found
}

export function offsetKey(path: readonly string[]): string {
  return path.join('\n')
}

interface Collection {
  readonly path: readonly string[]
  /** A list counts its items; a map has the key whose value comes next. */
  readonly isList: boolean
  count: number
  key: string | undefined
}

/** One pass over the flat events, with the collections that are open on a stack. */
function indexEvents(
  source: string,
  events: readonly Event[],
  tellComplexKey: (event: Event) => void = () => undefined,
): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>()
  const open: Collection[] = []
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue
    if (event.type === EVENT_ID.POP) {
      open.pop()
      continue
    }
    const parent = open.at(-1)
    if (parent !== undefined && !parent.isList && parent.key === undefined) {
      if (isCollection(event)) tellComplexKey(event)
      parent.key = keyText(source, event)
      offsets.set(offsetKey(childPath(parent)), startOf(event))
      continue
    }
    const path = parent === undefined ? [] : childPath(parent)
    if (parent?.isList === true) offsets.set(offsetKey(path), startOf(event))
    if (parent !== undefined) endValue(parent)
    if (isCollection(event)) {
      open.push({ path, isList: event.type === EVENT_ID.SEQUENCE, count: 0, key: undefined })
    }
  }
  return offsets
}

function isCollection(event: Event): boolean {
  return event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING
}

function childPath(parent: Collection): readonly string[] {
  return [...parent.path, parent.isList ? String(parent.count) : (parent.key ?? '')]
}

function endValue(parent: Collection): void {
  parent.count += 1
  parent.key = undefined
}

function keyText(source: string, event: Event): string {
  return event.type === EVENT_ID.SCALAR ? getScalarValue(source, event) : ''
}

function startOf(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return scalarStart(event)
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      return 0
  }
}

function scalarStart(event: ScalarEvent): number {
  return Math.max(0, event.style === SCALAR_STYLE.PLAIN ? event.valueStart : event.valueStart - 1)
}
