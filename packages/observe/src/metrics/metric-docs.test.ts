/** What docs/metrics.md has for Prometheus and Grafana: each metric that it names is one that there is. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sampled } from '../top/sampled.test-kit.ts'
import { LogCounters } from './log-counters.ts'
import { metricFamilies } from './metric-families.ts'
import type { Family } from './metric-text.ts'

const DOCS = new URL('../../../../docs/', import.meta.url)
const PAGE = readFileSync(new URL('metrics.md', DOCS), 'utf8')
const [METRICS = '', ALERTS = '', PANELS = ''] = PAGE.split(/^## (?:Alerts|Dashboard)$/m)

interface Dashboard {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly datasource: { readonly uid: string }
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
  }[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] }
}

/** The labels of each metric, by its name. */
function metrics(): Map<string, readonly string[]> {
  const { status } = sampled([])
  const shipper = {
    ship: 'nats',
    file: 'app.log',
    state: 'shipping',
    pid: 1,
    position: 1,
    unshipped: 1,
    age: 1,
  } as const
  const sink = { sink: 'x', state: 'running', pid: 1, delivered: 0, dropped: 0, unconfirmed: 0, waiting: 0 } as const
  const families = metricFamilies({
    status: {
      ...status,
      listener: status.listener?.answers
        ? {
            ...status.listener,
            files: status.listener.files.map((file) => ({
              ...file,
              sinks: [{ ...sink, restarts: 0, lastError: null }],
            })),
          }
        : null,
      holds: [{ hold: 'archive', file: 'app.log', unread: 1, budget: 1, at: 1 }],
      shippers: [{ ...shipper, records: 1, trouble: null, refused: 0, lost: 0 }],
    },
    counters: new Map([['app.log', new LogCounters()]]),
    fileOf: (name) => name,
    sizes: new Map([['app.log', 1]]),
    gaps: 0,
    now: 1,
  })
  return new Map(families.flatMap((family) => namesOf(family).map((name) => [name, labelsOf(family)] as const)))
}

function namesOf({ kind, name }: Family): string[] {
  switch (kind) {
    case 'counter':
      return [`${name}_total`]
    case 'info':
      return [`${name}_info`]
    case 'histogram':
      return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
    case 'gauge':
      return [name]
  }
}

function labelsOf({ kind, samples }: Family): string[] {
  return [...Object.keys(samples[0]?.labels ?? {}), ...(kind === 'histogram' ? ['le'] : [])]
}

/** The metrics of an expression that do not exist, and the labels that none of its metrics has. */
function unknownIn(expression: string, legend = ''): string[] {
  const known = metrics()
  const names = expression.match(/pino_funnel_\w+/g) ?? []
  const labels = new Set([...names.flatMap((name) => known.get(name) ?? []), 'instance', 'job'])
  const matchers = [...expression.matchAll(/\{(.*?)\}/g)].flatMap(
    ([, inner = '']) => inner.match(/\w+(?=[=!]~?")/g) ?? [],
  )
  const groups = [...expression.matchAll(/\b(?:by|on) \((.*?)\)/g)].flatMap(([, inner = '']) => inner.split(', '))
  const shown = Array.from(legend.matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label)
  return [
    ...names.filter((name) => !known.has(name)),
    ...[...matchers, ...groups, ...shown].filter((label) => !labels.has(label)),
  ]
}

test('the table should have each metric, with its labels, and no other one', () => {
  const rows = [...METRICS.matchAll(/^\| `(pino_funnel_\w+)` \| (.*?) ?\|/gm)]
  const documented = rows.map(([, name = '', labels = '']) => [name, labels.match(/\w+/g)?.toSorted() ?? []])
  const known = [...metrics()].filter(([name]) => !/_(?:bucket|sum|count)$/.test(name))
  const there = known.map(([name, labels]) => [name, labels.filter((label) => label !== 'le').toSorted()])
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(there))
})

test('each alert should be about existing metrics and labels', () => {
  const rules = [...ALERTS.matchAll(/expr: (.*)\n[^]*?summary: (.*)\n/g)]
  expect(rules).toHaveLength(11)
  for (const [, expression = '', summary = ''] of rules) {
    const legend = summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '{{$1}}')
    expect({ expression, unknown: unknownIn(expression, legend) }).toEqual({ expression, unknown: [] })
  }
})

test('the dashboard should have the panels of the docs, about existing metrics and labels', () => {
  const text = readFileSync(new URL('metrics/dashboard.json', DOCS), 'utf8')
  const { panels, templating } = JSON.parse(text) as Dashboard
  const rows = [...PANELS.matchAll(/^\| ((?!panel|---).*?) \| `(.*)` \|$/gm)]

  expect(panels.map(({ title, targets }) => [title, ...targets.map(({ expr }) => expr)])).toEqual(
    rows.map(([, title, query]) => [title, query]),
  )
  for (const { targets, datasource } of panels) {
    for (const { expr, legendFormat } of targets)
      expect({ expr, unknown: unknownIn(expr, legendFormat) }).toEqual({ expr, unknown: [] })
    expect(templating.list.map(({ name }) => `\${${name}}`)).toContain(datasource.uid)
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
})
