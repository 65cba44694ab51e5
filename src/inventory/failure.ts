import type { Problem } from '../lib/input-error.ts'
import { InputError } from '../lib/input-error.ts'

/** An InputError of one problem, with its cause kept. */
export function failure(problem: Problem, cause?: unknown): InputError {
  const error = new InputError([problem])
  if (cause !== undefined) error.cause = cause
  return error
}
