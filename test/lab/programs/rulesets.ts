import { readFileSync } from 'node:fs'
import type { RulesTexts } from '../host-spec.ts'

/** What Docker keeps with one container whose port 80 is published as 8080: plain rules in FORWARD up to 27, none since. */
export function dockerRules(version: 27 | 28): RulesTexts {
  return read(`docker-${version}`)
}

/** What a host has whose rules were typed by hand over the years. It lets everybody in by SSH. */
export function handWrittenRules(): RulesTexts {
  return read('hand-written')
}

function read(name: string): RulesTexts {
  const [v4, v6] = ['v4', 'v6'].map((family) =>
    readFileSync(`${import.meta.dirname}/${name}.${family}`, 'utf8'),
  )
  return { v4: v4 ?? '', v6: v6 ?? '' }
}
