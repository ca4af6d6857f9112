/** The charts of the page. */
import { CONTENDERS } from '../contenders/index.mjs'
import { ENDS } from '../measures/survival.mjs'
import { median } from '../kit/statistics.mjs'
import { cellChart } from './cell-chart.mjs'
import { lineChart } from './line-chart.mjs'
import { rangeChart } from './range-chart.mjs'
import { isOurs } from './tables.mjs'
import { duration, thousands } from './units.mjs'

/** By file name: the measure of each chart, and the function that makes it of the figures. */
export const CHARTS = {
  'survival.svg': { of: 'survival', make: survivalChart },
  'log-call-quiet.svg': {
    of: 'log-call',
    make: ({ quiet }) => callChart('A log call, small record, quiet disk', quiet.small),
  },
  'log-call-flooded.svg': {
    of: 'log-call',
    make: ({ flooded }) => callChart('A log call, small record, disk being flooded', flooded.small),
  },
  'log-call-paced.svg': {
    of: 'log-call',
    make: ({ paced }) => callChart('A log call, 2,000 a second, disk being flooded', paced.small),
  },
  'system-cpu.svg': { of: 'system-cpu', make: cpuChart },
  'throughput.svg': { of: 'system-cpu', make: throughputChart },
  'latency.svg': { of: 'latency', make: latencyChart },
  'scale.svg': { of: 'scale', make: scaleChart },
}

const BY_WORKERS = 'workers that log as fast as they can, from left to right'
const AXES = 'upwards; both logarithmic'

function survivalChart(ends) {
  return cellChart(
    'Records kept of 10,000 logged, by how the worker ended',
    Object.values(ENDS).map((end) => end.replace('of the process between', 'between').replace(' of the thread', '')),
    Object.keys(ends.exit).map((name) => ({
      ...head(name),
      cells: Object.keys(ENDS).map((end) => cell(ends[end][name])),
    })),
  )
}

function cpuChart(loads) {
  const title = 'CPU of the whole system for each record'
  return lineChart(title, `${BY_WORKERS}; CPU per record, ${AXES}`, byWorkers(loads, 'cpu'), duration)
}

function throughputChart(loads) {
  const lines = byWorkers(loads, 'perSecond').filter(({ file }) => file !== 'none')
  return lineChart('Throughput into the file', `${BY_WORKERS}; records per second, ${AXES}`, lines, thousands)
}

function latencyChart(situations) {
  const rows = Object.entries(situations['light load'])
    .filter(([, runs]) => runs.every((run) => run.median !== null))
    .map(([name, runs]) => ({ ...head(name), dot: ns(runs, 'median'), high: ns(runs, 'p99'), most: ns(runs, 'max') }))
  const title = 'From the call to the line being readable, light load'
  return rangeChart(title, rows, duration, 'dot: median; line: to p99; thin: to the longest')
}

function scaleChart({ flooding }) {
  const runs = flooding.filter((run) => run.cpu !== undefined)
  const counts = [...new Set(runs.map((run) => run.workers))].sort((a, b) => a - b)
  const at = (workers, figure) => median(runs.filter((run) => run.workers === workers).map((run) => run[figure]))
  const points = (figure) => counts.map((workers) => [workers, at(workers, figure)])
  const figures = { cpu: 'all processes', listenerCpu: 'of it the listener', floorCpu: 'pino into nothing' }
  const lines = Object.entries(figures)
    // Results of an older bench may lack some contenders.
    .filter(([figure]) => runs.every((run) => run[figure] !== undefined))
    .map(([figure, name]) => ({ name, isOurs: figure === 'cpu', points: points(figure) }))
  return lineChart('pino-funnel, CPU for each record', `${BY_WORKERS}; CPU per record, ${AXES}`, lines, duration)
}

function head(name) {
  const { title, file } = CONTENDERS[name]
  return { name: title, file, isOurs: isOurs(name) }
}

function cell(runs) {
  if (!runs) return undefined
  const least = Math.min(...runs.map((run) => run.kept))
  return { share: least / runs[0].of, label: thousands(least) }
}

function callChart(title, contenders) {
  const rows = Object.entries(contenders).map(([name, runs]) => ({
    ...head(name),
    dot: median(runs.map((run) => run.median)),
    high: median(runs.map((run) => run.p999)),
    most: Math.max(...runs.map((run) => run.max)),
  }))
  return rangeChart(title, rows, duration, 'dot: median; line: to p99.9; thin: to the longest call')
}

function byWorkers(system, figure) {
  return Object.keys(CONTENDERS)
    .filter((name) => Object.values(system)[0][name])
    .map((name) => ({
      ...head(name),
      points: Object.entries(system).map(([workers, by]) => [
        Number(workers),
        median(by[name].map((run) => run[figure])),
      ]),
    }))
}

function ns(runs, figure) {
  return median(runs.map((run) => run[figure])) * 1e6
}
