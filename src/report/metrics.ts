import { OUTCOMES } from '../model/outcome.ts'
import type { Gauge } from './exposition.ts'
import { expositionText, valueIn } from './exposition.ts'
import { hostGauges } from './host-metrics.ts'
import type { RunDocument } from './reporter.ts'

const LAST_SUCCESS = 'mailfw_last_success_timestamp_seconds'

interface MetricsOptions {
  /** Its absolute path: the files of several inventories lie in one directory, and their series must not collide. */
  readonly inventory: string
  /** The file that this one replaces, where there is one: from it the time of the last success is kept. */
  readonly earlier?: string
}

/**
 * A run as a file for the textfile collector of Prometheus's node_exporter. Every series has the labels `inventory` and
 * `command`. A success is a run whose exit code is 0.
 */
export function metricsText(run: RunDocument, { inventory, earlier = '' }: MetricsOptions): string {
  const common = { inventory, command: run.command }
  const lastSuccess = run.exit === 0 ? endOf(run) : valueIn(earlier, LAST_SUCCESS, common)
  return expositionText([...runGauges(run, lastSuccess), ...hostGauges(run.hosts)], common)
}

function runGauges(run: RunDocument, lastSuccess: number | undefined): readonly Gauge[] {
  return [
    {
      name: 'mailfw_info',
      help: 'The mailfw that made the run.',
      samples: [{ labels: { version: run.mailfw }, value: 1 }],
    },
    {
      name: 'mailfw_last_run_timestamp_seconds',
      help: 'When the run ended.',
      samples: [{ value: endOf(run) }],
    },
    {
      name: LAST_SUCCESS,
      help: 'When the last run ended whose exit code was 0.',
      samples: lastSuccess === undefined ? [] : [{ value: lastSuccess }],
    },
    {
      name: 'mailfw_run_duration_seconds',
      help: 'How long the run took.',
      samples: [{ value: run.seconds }],
    },
    {
      name: 'mailfw_run_exit_code',
      help: 'The exit code by the state of the hosts: 0 where all are as wanted.',
      samples: [{ value: run.exit }],
    },
    {
      name: 'mailfw_hosts',
      help: 'Hosts of the run by their outcome.',
      samples: OUTCOMES.map((outcome) => ({ labels: { outcome }, value: run.summary[outcome] ?? 0 })),
    },
  ]
}

/** Seconds since the epoch. */
function endOf({ started, seconds }: RunDocument): number {
  return Math.round(Date.parse(started) + seconds * 1_000) / 1_000
}
