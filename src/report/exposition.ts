export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels?: Labels
  readonly value: number
}

/** A gauge: what stands now, and may rise and fall. */
export interface Gauge {
  readonly name: string
  readonly help: string
  readonly samples: readonly Sample[]
}

/**
 * Gauges in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/), `common` in front of
 * the labels of each sample. One without samples is left out whole.
 */
export function expositionText(gauges: readonly Gauge[], common: Labels): string {
  return gauges
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, samples }) => {
      const lines = samples.map(({ labels, value }) => `${series(name, { ...common, ...labels })} ${value}\n`)
      return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
    })
    .join('')
}

/** The value that a text of ours has for a gauge that is there once; absent where it has none. */
export function valueIn(text: string, name: string, common: Labels): number | undefined {
  const start = `${series(name, common)} `
  const line = text.split('\n').find((each) => each.startsWith(start))
  const value = Number(line?.slice(start.length) || Number.NaN)
  return Number.isFinite(value) ? value : undefined
}

function series(name: string, labels: Labels): string {
  const written = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`)
  return `${name}{${written.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
