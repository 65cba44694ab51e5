import { ruleLine } from './parse.ts'
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
      .flatMap((chain) =>
        [...restoredAfterFlush(chain), ...chain.appended].map((rule) => ruleLine(chain.name, rule)),
      ),
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

function restoredAfterFlush(chain: ChainChange): readonly string[] {
  const foreign = chain.before?.filter((rule) => rule.foreign) ?? []
  return isFlushed(chain) ? foreign.map((rule) => rule.spelled ?? rule.text) : []
}
