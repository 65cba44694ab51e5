/** Makes the sets that the rules name. A list of sets serves rules of both families. */
export const MAKE_SETS = [
  'ipset -exist create addresses hash:ip',
  'ipset -exist create addresses6 hash:ip family inet6',
  'ipset -exist create guests list:set counters',
  'ipset -exist create seen list:set timeout 60',
  'ipset -exist create pairs list:set',
  'ipset -exist create marks list:set skbinfo',
  'ipset -exist create f2b-mine list:set',
]
  .map((line) => `${line}\n`)
  .join('')
