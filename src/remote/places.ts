import { DISTRIBUTIONS } from '../model/distribution.ts'

/** The table of saved files as values of a request, for host.sh knows the distribution before we do. */
export function places(): (readonly [key: string, value: string])[] {
  return DISTRIBUTIONS.map(({ ids, saved, loaders }) => [
    'place',
    `${ids.join(' ')}|${saved.v4}|${saved.v6}|${[...new Set(Object.values(loaders))].join(' ')}`,
  ])
}
