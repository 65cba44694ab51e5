import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { DEFAULT_PRESERVE } from '../../src/model/foreign.ts'
import { foreignPattern } from '../../src/ruleset/foreign.ts'

/** A folder of `test/cases/ruleset/transactions`. Its texts are IPv4 as iptables-save prints it, so wanted is its own canonical text. */
export interface TransactionCase {
  readonly name: string
  readonly folder: string
  readonly live: string
  readonly wanted: string
  readonly former: string
  /** What fail2ban does meanwhile: input for `iptables-restore --noflush`. */
  readonly meanwhile: string
  /** Sets that live refers to. */
  readonly sets: readonly string[]
}

const ROOT = `${import.meta.dirname}/../cases/ruleset/transactions`

export const FOREIGN = foreignPattern(DEFAULT_PRESERVE)

export const TRANSACTION_CASES: readonly TransactionCase[] = readdirSync(ROOT).map((name) => {
  const folder = `${ROOT}/${name}`
  const read = (file: string) =>
    existsSync(`${folder}/${file}`) ? readFileSync(`${folder}/${file}`, 'utf8') : ''
  return {
    name: name.replaceAll('-', ' '),
    folder,
    live: read('live.rules'),
    wanted: read('wanted.rules'),
    former: read('former.rules'),
    meanwhile: read('meanwhile.rules'),
    sets: read('sets.txt').split('\n').filter(Boolean),
  }
})
