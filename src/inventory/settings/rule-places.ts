import type { Family, PerFamily } from '../../model/family.ts'
import type { Host } from '../../model/host.ts'
import type { Setting } from '../setting-reader.ts'
import { placeOf } from '../setting-place.ts'
import { shortPath } from '../shown.ts'
import { positionOf } from '../yaml-positions.ts'

const settings = new WeakMap<PerFamily<readonly string[]>, Setting<'mailfw_extra_rules'>>()

/** Remembers where extra rules were written. */
export function keepPlaces(
  rules: PerFamily<readonly string[]>,
  setting: Setting<'mailfw_extra_rules'>,
): void {
  settings.set(rules, setting)
}

/** Where a rule of a host was written, if it is one of its extra rules: `mailfw_extra_rules.v4[0], fleet.yaml:14`. */
export function placeOfRule(
  { settings: { extraRules } }: Host,
  family: Family,
  rule: string,
): string | undefined {
  const index = extraRules[family].findIndex((each) => each.trim() === rule.trim())
  if (index === -1) return undefined
  const name = `mailfw_extra_rules.${family}[${index}]`
  const setting = settings.get(extraRules)
  const place = setting && placeOf(setting.variable, [family, String(index)])
  if (place === undefined) return name
  const position = positionOf(place.document, place.path)
  return `${name}, ${shortPath([place.document.file])}${position === undefined ? '' : `:${position.line}`}`
}
