import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a TypeScript program of ours once more as root, by sudo; returns its exit code. */
export async function runAsRoot(program: string): Promise<number> {
  console.error('The demo makes network namespaces: it asks sudo to become root.')
  // On Ctrl-C it cleans up; we wait for that
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
  const words = [...environment(), process.execPath, '--import', import.meta.resolve('tsx'), program]
  const child = spawn('sudo', ['env', ...words], { stdio: 'inherit' })
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return code ?? 1
  } catch {
    console.error('There is no sudo here: run `npm run demo` as root.')
    return 1
  }
}

/** What sudo would drop of what we heed. */
function environment(): readonly string[] {
  return ['CI', 'NO_COLOR', 'FORCE_COLOR', 'COLORTERM', 'TERM'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [`${name}=${value}`]
  })
}
