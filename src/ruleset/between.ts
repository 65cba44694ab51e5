import { savedChanges } from './saved.ts'

/**
 * What is different in `after`, in the words of iptables-save: `*TABLE`, then `- ` before what went and `+ ` before what
 * came. No lines where nothing is.
 */
export function linesBetween(before: string, after: string): readonly string[] {
  const changes = savedChanges({
    saved: before,
    wanted: { written: after, printed: after },
    confirmed: undefined,
  })
  return changes.flatMap(({ table, line }, index) =>
    changes[index - 1]?.table === table ? [line] : [`*${table}`, line],
  )
}
