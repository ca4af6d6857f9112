/** The text of metrics, as Prometheus and OpenMetrics define it. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface Described {
  /** Without the ending that its kind has. */
  readonly name: string
  readonly help: string
}

export type Family =
  | (Described & { readonly kind: 'counter' | 'gauge' | 'info'; readonly samples: readonly Sample[] })
  | (Described & { readonly kind: 'histogram'; readonly samples: readonly HistogramSample[] })

export interface HistogramSample {
  readonly labels: Readonly<Record<string, string>>
  /** Observations by upper bound, not cumulated; the last one is for what is above all bounds. */
  readonly counts: readonly number[]
  readonly bounds: readonly number[]
  readonly sum: number
}

export type Exposition = 'openmetrics' | 'prometheus'

export const CONTENT_TYPES: Readonly<Record<Exposition, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
}

/** OpenMetrics names a counter without `_total`, and knows infos; the older format of Prometheus does neither. */
export function metricText(families: readonly Family[], exposition: Exposition): string {
  const isOpen = exposition === 'openmetrics'
  const lines = families.flatMap((family) => {
    const sampled = sampledName(family)
    const named = isOpen ? family.name : sampled
    const kind = family.kind === 'info' && !isOpen ? 'gauge' : family.kind
    return [`# HELP ${named} ${escapeHelp(family.help)}`, `# TYPE ${named} ${kind}`, ...samplesOf(family, sampled)]
  })
  return [...lines, ...(isOpen ? ['# EOF'] : []), ''].join('\n')
}

function sampledName({ kind, name }: Family): string {
  if (kind === 'counter') return `${name}_total`
  return kind === 'info' ? `${name}_info` : name
}

function samplesOf(family: Family, name: string): string[] {
  if (family.kind !== 'histogram')
    return family.samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`)
  return family.samples.flatMap(({ labels, counts, bounds, sum }) => {
    let total = 0
    const buckets = counts.map((count, index) => {
      total += count
      const bound = bounds[index]
      const le = bound === undefined ? '+Inf' : Number.isInteger(bound) ? `${bound}.0` : `${bound}`
      return `${name}_bucket${labelText({ ...labels, le })} ${total}`
    })
    return [...buckets, `${name}_sum${labelText(labels)} ${sum}`, `${name}_count${labelText(labels)} ${total}`]
  })
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return texts.length === 0 ? '' : `{${texts.join(',')}}`
}

function escapeLabel(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)
}
