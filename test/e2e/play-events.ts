// Stands for a run: shows the events that come over a socket, a line each, as the command would show them, until `finish`.
// usage: play-events.ts SOCKET [WORD...]; the words are `verbose`, `quiet`
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { RunEvent } from '../../src/model/events.ts'
import { createOutput } from '../../src/report/output.ts'
import type { Detail, RunDocument } from '../../src/report/reporter.ts'
import { createReporter } from '../../src/report/create-reporter.ts'

/** What the test sends. */
export type Played =
  | { readonly play: 'event'; readonly event: RunEvent }
  | { readonly play: 'finish'; readonly run: RunDocument }

const [path = '', detail = 'progress'] = process.argv.slice(2)
const socket = connect(path)
const reporter = await createReporter('text', {
  result: createOutput(process.stdout, process.env, 'auto'),
  aside: createOutput(process.stderr, process.env, 'auto'),
  clock: {
    now: Date.now,
    every: (milliseconds, action) => {
      const timer = setInterval(action, milliseconds)
      return () => {
        clearInterval(timer)
      }
    },
  },
  diff: false,
  detail: detail as Detail,
  commandFor: (verb, hosts) => `mailfw ${verb} fleet.yaml --limit ${hosts.slice(0, 3).join(',')}`,
  byHandCommand: (verb, host, attempt) => `mailfw ${verb} fleet.yaml ${host} ${attempt}`,
})
createInterface({ input: socket }).on('line', (line) => {
  const played = JSON.parse(line) as Played
  if (played.play === 'event') {
    reporter.event(played.event)
    return
  }
  reporter.finish(played.run)
  socket.end()
})
