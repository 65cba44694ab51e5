import type { Fault } from './faults.ts'

/** What has to succeed is not to fail because the machine is busy. */
export function windowOf({ mustSucceed = false }: Fault): Readonly<Record<string, number>> {
  return mustSucceed ? { mailfw_confirm_seconds: 60 } : {}
}
