/**
 * Whether two texts of iptables-save are the same line for line, comments and counters aside. Most hosts of a fleet are
 * as wanted, and this is known long before anything is parsed. Texts that differ may still mean the same.
 */
export function isSameText(a: string, b: string): boolean {
  return withoutCounters(a) === withoutCounters(b)
}

/** What iptables-save printed, without what is another thing each time: comments, which tell the time, and counters. */
export function withoutCounters(text: string): string {
  return text.replace(/(?<![^\n])#[^\n]*\n|(?<![^\n])\[\d+:\d+\] | \[\d+:\d+\](?![^\n])/g, '')
}
