import { printable } from '../lib/printable.ts'
import type { RunEvent } from '../model/events.ts'
import type { Output } from './output.ts'
import { wrap } from './wrap.ts'

type Notice = Extract<RunEvent, { readonly event: 'notice' }>

/** On as many lines as a terminal needs for it, and on one for a log. */
export function noticeLines(notice: Notice, { colours, columns, terminal }: Output): readonly string[] {
  const message = printable(notice.message)
  const host = notice.host === undefined ? '' : printable(notice.host)
  const text = host === '' ? message : `${host}: ${message}`
  const [first = '', ...more] = terminal ? wrap(text, columns()) : [text]
  return [host === '' ? first : colours.bold(host) + first.slice(host.length), ...more]
}
