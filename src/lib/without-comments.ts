/**
 * A rules file with its comment lines emptied, so that those of hosts with the same rules are the same; each line keeps its
 * number. Lines that may be too long for a reader are left.
 */
export function withoutComments(rules: string): string {
  return rules.replace(/(?<![^\n])#[^\n]{0,1000}(?![^\n])/g, '')
}
