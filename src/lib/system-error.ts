/** An error of the operating system, which carries a code such as `ENOENT`. */
export function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

/** Absent for what is no error of the operating system. */
export function codeOf(error: unknown): string | undefined {
  return isSystemError(error) ? error.code : undefined
}
