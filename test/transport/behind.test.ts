import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostAt, transportIn } from './fixtures.ts'
import type { Home } from './sshd.ts'
import { makeHome } from './sshd.ts'

let home: Home

beforeAll(() => {
  home = makeHome()
  mkdirSync(join(home.path, 'bin'))
  const script = 'case $* in *slow*) exec sleep 20 ;; esac; exec /usr/bin/ssh "$@"'
  writeFileSync(join(home.path, 'bin/ssh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
})

afterAll(() => {
  home.remove()
})

test('hosts behind another one are found, and those of whom ssh does not tell in time are named', async () => {
  const environment = { PATH: `${join(home.path, 'bin')}:${process.env['PATH'] ?? ''}` }
  const transport = transportIn(home, { environment })
  const jump = hostAt({ address: '192.0.2.1' }, 'jump')
  const over = ['-J', 'root@192.0.2.1']
  const others = [
    hostAt({ address: '192.0.2.7', port: 2222, sshArguments: over }, 'behind'),
    hostAt({ address: 'slow.example.net', sshArguments: over }, 'slow'),
    hostAt({ address: '192.0.2.9' }, 'beside'),
  ]
  const options = { address: '192.0.2.1', signal: new AbortController().signal, seconds: 3 }
  expect(await transport.behind(jump, [jump, ...others], options)).toEqual({
    found: [{ name: 'behind', address: '192.0.2.7', port: 2222 }],
    untold: ['slow'],
  })
  transport.close()
})
