import { labProblem } from '../lab/problem.ts'
import { missingPackages } from '../lab/packages.ts'

const NEEDED = ['debootstrap', 'systemd-container']

/** Why no real host can be started here, as a sentence; undefined where one can. */
export function realHostProblem(): string | undefined {
  const missing = missingPackages().filter(({ name }) => NEEDED.includes(name))
  if (missing.length === 0) return labProblem()
  return `a real host needs packages that are missing: ${missing.map(({ name }) => name).join(', ')}`
}
