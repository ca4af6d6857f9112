import { expect, test } from 'vitest'
import { metricText, type Family } from './metric-text.ts'

const families: readonly Family[] = [
  { kind: 'counter', name: 'a', help: 'All\nof it.', samples: [{ labels: { file: 'a"\\\n.log' }, value: 3 }] },
  { kind: 'info', name: 'b', help: 'Its version.', samples: [{ labels: { version: '1' }, value: 1 }] },
  { kind: 'gauge', name: 'c', help: 'Now.', samples: [{ labels: {}, value: 0.5 }] },
  {
    kind: 'histogram',
    name: 'd_seconds',
    help: 'Delay.',
    samples: [{ labels: { file: 'x' }, counts: [1, 2, 3], bounds: [0.5, 1], sum: 7 }],
  },
]

const SAMPLES = String.raw`a_total{file="a\"\\\n.log"} 3|b_info{version="1"} 1|c 0.5|d_seconds_bucket{file="x",le="0.5"} 1|d_seconds_bucket{file="x",le="1.0"} 3|d_seconds_bucket{file="x",le="+Inf"} 6|d_seconds_sum{file="x"} 7|d_seconds_count{file="x"} 6`

test.each([
  ['openmetrics', ['counter a', 'info b', 'gauge c', 'histogram d_seconds'], '# EOF\n'],
  ['prometheus', ['counter a_total', 'gauge b_info', 'gauge c', 'histogram d_seconds'], '} 6\n'],
] as const)('metrics should be text of the format %s', (exposition, types, end) => {
  const text = metricText(families, exposition)

  const lines = text.split('\n')
  const typed = lines.flatMap((line) => /^# TYPE (\S+) (\S+)$/.exec(line)?.slice(1) ?? [])
  expect(typed).toEqual(types.flatMap((type) => type.split(' ').reverse()))
  expect(lines.filter((line) => line !== '' && !line.startsWith('#')).join('|')).toBe(SAMPLES)
  expect(lines[0]).toBe(`# HELP ${exposition === 'openmetrics' ? 'a' : 'a_total'} ${String.raw`All\nof it.`}`)
  expect(text.endsWith(end)).toBe(true)
})
