import type { Speech } from '../../model/transport.ts'

/** How one begins and ends a talk with a server. */
export interface Manners {
  /** What a server waits for before it says anything; absent where it speaks first, and takes it ill who does not let it. */
  readonly asks?: string
  /** How its greeting begins: any that its protocol has, also one that turns us away. */
  readonly greets: RegExp
  /** The line that ends the greeting; absent: the first one. Before it nothing may be said. */
  readonly ends?: RegExp
  /** Absent: the server leaves by itself. */
  readonly leaves?: string
}

/** Sources: RFC 5321, 3501, 1939, 5804, 9112. */
export const MANNERS: Readonly<Record<Speech, Manners>> = {
  smtp: { greets: /^\d{3}(?:[ -]|$)/, ends: /^\d{3}(?: |$)/, leaves: 'QUIT\r\n' },
  imap: { greets: /^\* (?:OK|PREAUTH|BYE)\b/i, leaves: 'a LOGOUT\r\n' },
  pop3: { greets: /^(?:\+OK|-ERR)\b/, leaves: 'QUIT\r\n' },
  sieve: { greets: /^(?:"|(?:OK|NO|BYE)\b)/i, ends: /^(?:OK|NO|BYE)\b/i, leaves: 'LOGOUT\r\n' },
  http: { asks: 'HEAD / HTTP/1.0\r\n\r\n', greets: /^HTTP\/\d/ },
}
