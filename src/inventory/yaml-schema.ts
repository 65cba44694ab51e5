import {
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  FAILSAFE_SCHEMA,
  boolYaml11Tag,
  mapTag,
  mergeTag,
  nullYaml11Tag,
  NOT_RESOLVED,
  Schema,
} from 'js-yaml'
import { Opaque } from './opaque.ts'
import { pythonFloat, pythonInt } from './yaml/numbers.ts'

const ANY_TAG = ''
const loadOnly = { matchByTagPrefix: true, identify: () => false }

const unknownScalar = defineScalarTag(ANY_TAG, {
  ...loadOnly,
  resolve: (source, _isExplicit, tagName) => tagged(tagName, source),
})

const unknownSequence = defineSequenceTag<unknown[], Opaque>(ANY_TAG, {
  ...loadOnly,
  create: (tagName) => [tagName],
  addItem: (carrier, item) => {
    carrier.push(item)
  },
  finalize: ([tagName, ...items]) => tagged(String(tagName), items),
})

const unknownMapping = defineMappingTag<{ tagName: string; map: Record<string, unknown> }, Opaque>(ANY_TAG, {
  ...loadOnly,
  create: (tagName) => ({ tagName, map: {} }),
  addPair: ({ map }, key, value) => mapTag.addPair(map, key, value),
  has: ({ map }, key) => mapTag.has(map, key),
  keys: () => [],
  get: () => undefined,
  finalize: ({ tagName, map }) => tagged(tagName, map),
})

/** PyYAML, and so Ansible, takes no single letter for a truth value, though YAML 1.1 does. */
const bool = defineScalarTag(boolYaml11Tag.tagName, {
  ...boolYaml11Tag,
  resolve: (source, isExplicit, tagName) =>
    source.length === 1 ? NOT_RESOLVED : boolYaml11Tag.resolve(source, isExplicit, tagName),
})

/**
 * YAML 1.1 as Ansible reads it: `yes` is true, `0644` is octal, `<<` merges. Dates stay text, for a rule can hold no
 * date, and values under unknown tags become `Opaque`.
 */
export const ANSIBLE_SCHEMA = new Schema([
  ...FAILSAFE_SCHEMA.tags,
  nullYaml11Tag,
  bool,
  pythonInt,
  pythonFloat,
  mergeTag,
  unknownScalar,
  unknownSequence,
  unknownMapping,
])

function tagged(tagName: string, source: unknown): Opaque {
  return new Opaque(`a ${tagName} value`, source)
}
