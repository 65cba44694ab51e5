import { nearest } from '../nearest.ts'
import { SETTING_SCHEMAS } from '../setting-schema.ts'

const KNOWN = Object.keys(SETTING_SCHEMAS)

/** Whether a name is one of ours, or was meant as one: `mailfw-services`, `Mailfw_ping`, `malfw_ssh`. */
export function isMeantAsSetting(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  return /^mailfw(?:_|$)/.test(plain) || KNOWN.includes(nearest(plain, KNOWN, 1) ?? '')
}

/** `; did you mean "mailfw_services"?`, or nothing. */
export function settingSuggestion(name: string): string {
  const meant = nearest(name.replaceAll(/[^A-Za-z0-9]+/g, '_'), KNOWN)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}
