import { ruleLine } from './parse.ts'
import { inPlace } from './places/around.ts'
import type { ChainChange, TableChange } from './table-change.ts'
import { isFlushed } from './table-change.ts'

/**
 * The lines that make a change of one table, for `iptables-restore --noflush`: all `-D`, all `-F`, all `-X`, then
 * declarations, then `-A`. In another order the kernel refuses to remove chains that are still referred to.
 * Rules are deleted by specification, never by number: a ban may arrive in between.
 */
export function forwardLines({ chains }: TableChange): readonly string[] {
  const rewritten = chains.filter((chain) => chain.rewritten)
  const removed = chains.filter(isRemoved)
  return [
    ...rewritten.filter((chain) => !isFlushed(chain)).flatMap(deletions),
    ...[...rewritten.filter(isFlushed), ...removed].map((chain) => `-F ${chain.name}`),
    ...removed.map((chain) => `-X ${chain.name}`),
    ...chains
      .filter((chain) => chain.policyAfter !== chain.policyBefore)
      .map((chain) => `:${chain.name} ${chain.policyAfter ?? '-'} [0:0]`),
    ...chains.filter(isCreated).map((chain) => `:${chain.name} - [0:0]`),
    ...chains
      .filter((chain) => chain.rewritten || isCreated(chain))
      .flatMap((chain) => (chain.places ? putInPlace(chain, chain.places.oursBefore) : putLast(chain))),
  ]
}

function isRemoved(chain: ChainChange): boolean {
  return chain.after === undefined
}

function isCreated(chain: ChainChange): boolean {
  return chain.before === undefined
}

function deletions({ name, before = [] }: ChainChange): readonly string[] {
  return before.filter((rule) => !rule.foreign).map((rule) => ruleLine(name, rule.spelled ?? rule.text, '-D'))
}

function putLast(chain: ChainChange): readonly string[] {
  return [...restoredAfterFlush(chain), ...chain.appended].map((rule) => ruleLine(chain.name, rule))
}

/** A rule that no other program's rule comes after is appended; numbers count what stands there by then. */
function putInPlace(chain: ChainChange, oursBefore: readonly number[]): readonly string[] {
  const restored = restoredAfterFlush(chain)
  const placed = inPlace(oursBefore, chain.appended.length)
  const lastOfTheirs = placed.findLastIndex((each) => 'theirs' in each)
  return placed.flatMap((each, index) => {
    if ('theirs' in each) return isFlushed(chain) ? [ruleLine(chain.name, restored[each.theirs] ?? '')] : []
    const rule = chain.appended[each.ours] ?? ''
    return isFlushed(chain) || index > lastOfTheirs
      ? [ruleLine(chain.name, rule)]
      : [`-I ${chain.name} ${index + 1} ${rule}`.trimEnd()]
  })
}

function restoredAfterFlush(chain: ChainChange): readonly string[] {
  const foreign = chain.before?.filter((rule) => rule.foreign) ?? []
  return isFlushed(chain) ? foreign.map((rule) => rule.spelled ?? rule.text) : []
}
