import { printable } from '../lib/printable.ts'
import type { RunEvent } from '../model/events.ts'
import type { Colours } from './output.ts'

type Notice = Extract<RunEvent, { readonly event: 'notice' }>

export function noticeLine(notice: Notice, colours: Colours): string {
  const message = printable(notice.message)
  return notice.host === undefined ? message : `${colours.bold(printable(notice.host))}: ${message}`
}
