import type ssh2 from 'ssh2'

/** ssh2 takes 70 ms to load, which only a verb that connects should pay for. */
export type Ssh2 = typeof ssh2

export async function loadSsh2(): Promise<Ssh2> {
  const { default: loaded } = await import('ssh2')
  return loaded
}
