import { printable } from '../lib/printable.ts'
import type { RunEvent } from '../model/events.ts'
import type { Colours } from './output.ts'

type Call = Extract<RunEvent, { readonly event: 'call' }>

/** `mx1: examine 0.31 s`, and behind it where that failed. */
export function callLine({ host, call, ok, seconds }: Call, colours: Colours): string {
  const text = `${printable(host)}: ${call} ${seconds.toFixed(2)} s`
  return ok ? colours.dim(text) : colours.red(`${text}, failed`)
}
