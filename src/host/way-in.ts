import type { Finding } from '../model/outcome.ts'
import type { Connection } from '../model/transport.ts'
import type { Examination, Session } from '../remote/examine.ts'
import type { Goal } from './goal.ts'
import type { Objection } from './objections.ts'
import type { Proof } from './proof.ts'
import { proofHere } from './this-machine.ts'
import type { Visit } from './visit.ts'

/** What would prove a change on this host, or why nothing can. */
export async function proofFor(
  visit: Visit,
  connection: Connection,
  examination: Examination,
  goal: Goal,
): Promise<Proof | Objection> {
  if (visit.host.login.local !== true) return proofOverSsh(visit, examination)
  if (isConfirmedBefore(examination)) return 'none'
  return proofHere(visit, connection, examination, goal)
}

function proofOverSsh({ host }: Visit, examination: Examination): Proof | Objection {
  const isOwn = examination.session?.clientIsOwn === true
  if (isConfirmedBefore(examination)) return isOwn ? 'none' : 'connection'
  if (host.settings.confirm === 'manual') return 'manual'
  return isOwn ? unproven(examination.session) : 'connection'
}

/** Whether it is worth knowing, before a change, that nothing can prove it. */
export function unprovenFinding(visit: Visit, examination: Examination): readonly Finding[] {
  if (visit.host.login.local === true) return []
  const proof = proofOverSsh(visit, examination)
  return typeof proof === 'string' ? [] : [{ ...proof, severity: 'warning' }]
}

/** To put back the very rules of the newest generation needs no new proof. */
function isConfirmedBefore({ families, receipt }: Examination): boolean {
  return (
    receipt !== undefined &&
    receipt.n > 0 &&
    Object.values(families).every((examined) => examined.wantedIsGeneration)
  )
}

function unproven({ clientAddress }: Session): Objection {
  return {
    code: 'way-in-unproven',
    message: `expected to come in from another machine, but the host sees ${clientAddress}, an address of its own: such a connection passes none of its rules, so it cannot show that they let others in; log in another way, or use --confirm manual`,
  }
}
