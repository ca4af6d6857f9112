/** The tables of the page, one for each measure. */
import { CONTENDERS } from '../contenders/index.mjs'
import { ENDS } from '../measures/survival.mjs'
import { FIRST } from '../measures/start-exit.mjs'
import { median } from '../kit/statistics.mjs'
import { count, duration, mebibytes, milliseconds, percent, thousands } from './units.mjs'

/** The name of a contender on the page; ours in bold. */
function titleOf(name) {
  if (name === FIRST) return '**pino-funnel**, first worker of all: starts the listener'
  const { title } = CONTENDERS[name]
  return isOurs(name) ? `**${title}**` : title
}

export function isOurs(name) {
  return name.startsWith('funnel')
}

function table(headings, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(headings), line(headings.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  )
}

/** The goals and the figures. */
export function goalsTable(goals) {
  return table(
    ['', 'goal', 'measured', 'pino into nothing', 'pino into memory', ''],
    goals.map(({ what, goal, measured, floor, copy, verdict }) => [
      what,
      goal,
      measured,
      floor,
      copy,
      verdict === 'met' ? 'met' : `**${verdict}**`,
    ]),
  )
}

export function contendersTable(versions) {
  return table(
    ['contender', 'how it is set up', 'versions'],
    Object.entries(CONTENDERS).map(([name, { setup, packages }]) => [
      titleOf(name),
      setup,
      packages.map((each) => `${each} ${versions[each]}`).join(', '),
    ]),
  )
}

/** By their names on the page: the measure of each table, and the function that makes it of the figures. */
export const TABLES = {
  survival: { of: 'survival', make: survivalTable },
  'log-call-quiet': { of: 'log-call', make: ({ quiet }) => callTable(quiet) },
  'log-call-flooded': { of: 'log-call', make: ({ flooded }) => callTable(flooded) },
  'log-call-paced': { of: 'log-call', make: ({ paced }) => callTable(paced) },
  'system-cpu': { of: 'system-cpu', make: (loads) => loadTable(loads, (runs) => withSpread(runs, 'cpu', micro)) },
  throughput: { of: 'system-cpu', make: (loads) => loadTable(loads, (runs) => withSpread(runs, 'perSecond', kilo)) },
  lost: { of: 'system-cpu', make: (loads) => loadTable(loads, lost) },
  threads: { of: 'threads', make: threadsTable },
  latency: { of: 'latency', make: latencyTable },
  scale: { of: 'scale', make: scaleTable },
  quiet: { of: 'scale', make: quietTable },
  'start-exit': { of: 'start-exit', make: startExitTable },
  'ship-ways': { of: 'shipping', make: shipWaysTable },
  'ship-calls': { of: 'shipping', make: shipCallsTable },
  'ship-command': { of: 'shipping', make: shipCommandTable },
  reading: { of: 'reading', make: readingTable },
  python: { of: 'python', make: pythonTable },
}

function survivalTable(ends) {
  return table(
    ['', ...Object.values(ENDS)],
    everybody(ends.exit).map((name) => [titleOf(name), ...Object.keys(ENDS).map((end) => kept(ends[end][name]))]),
  )
}

function latencyTable(situations) {
  return table(
    ['', ...Object.keys(situations).map((situation) => `${situation}: median, p99, max`)],
    everybody(situations['light load']).map((name) => [
      titleOf(name),
      ...Object.values(situations).map((by) => latencyCell(by[name])),
    ]),
  )
}

function threadsTable({ calls, once, ...pools }) {
  return table(
    [
      '',
      'a log call, median',
      'p99.9',
      'life of a thread with one record',
      ...Object.keys(pools).map((library) => `${library}: thousand records per second`),
    ],
    everybody(calls).map((name) => [
      titleOf(name),
      ...['median', 'p999'].map((figure) => duration(median(calls[name].map((run) => run[figure])))),
      milliseconds(median(once[name])),
      ...Object.values(pools).map((by) => kilo(median(by[name]))),
    ]),
  )
}

function scaleTable({ flooding }) {
  return table(
    [
      'workers',
      'CPU per record, µs',
      'of it the listener',
      'pino into nothing',
      "listener's memory at most",
      'its descriptors',
      'lost',
    ],
    flooding
      .filter((run) => run.cpu !== undefined)
      .map((run) => [
        run.workers,
        micro(run.cpu),
        micro(run.listenerCpu),
        run.floorCpu === undefined ? '' : micro(run.floorCpu),
        mebibytes(run.memory),
        run.descriptors,
        run.lost,
      ]),
  )
}

function quietTable({ quiet }) {
  const groups = { listener: 'the listener', workers: 'a worker', floor: 'a process with pino into nothing' }
  return table(
    [`${quiet.seconds} s, ${count(quiet.count, 'quiet worker')}`, 'share of a core', 'wake-ups per second'],
    Object.entries(groups).map(([group, who]) => [
      who,
      percent(quiet[group].coreShare),
      quiet[group].wakeUpsPerSecond.toFixed(3),
    ]),
  )
}

function everybody(results) {
  return Object.keys(results)
}

function micro(ns) {
  return (ns / 1000).toFixed(2)
}

function kilo(number) {
  return (number / 1000).toFixed(0)
}

function kept(runs) {
  if (!runs) return '—'
  const [least, most] = [Math.min(...runs.map((run) => run.kept)), Math.max(...runs.map((run) => run.kept))]
  const faults = ['twice', 'torn'].flatMap((fault) => {
    const worst = Math.max(...runs.map((run) => run[fault]))
    return worst > 0 ? [`${worst} ${fault}`] : []
  })
  return [least === most ? thousands(least) : `${thousands(least)}–${thousands(most)}`, ...faults].join(', ')
}

function callTable(sizes) {
  const columns = Object.keys(sizes).flatMap((size) => [`${size}: median`, 'p99', 'p99.9', 'max'])
  const figures = ['median', 'p99', 'p999', 'max']
  const cell = (runs, figure) => duration((figure === 'max' ? highest : median)(runs.map((run) => run[figure])))
  return table(
    ['', ...columns],
    everybody(sizes.small).map((name) => [
      titleOf(name),
      ...Object.values(sizes).flatMap((by) => figures.map((figure) => cell(by[name], figure))),
    ]),
  )
}

function loadTable(system, cell) {
  const loads = Object.keys(system)
  return table(
    ['', ...loads.map((workers) => count(workers, 'worker'))],
    everybody(system[loads[0]]).map((name) => [titleOf(name), ...loads.map((workers) => cell(system[workers][name]))]),
  )
}

function withSpread(runs, figure, write) {
  const values = runs.map((run) => run[figure])
  const middle = write(median(values))
  return values.length === 1 ? middle : `${middle} (${write(Math.min(...values))}–${write(highest(values))})`
}

function lost(runs) {
  const most = highest(runs.map((run) => run.lost))
  return most === 0 ? '0' : `**${thousands(most)}** of ${thousands(runs[0].of)}`
}

function latencyCell(runs) {
  const missing = highest(runs.map((run) => run.missing))
  const figure = (each) => {
    const values = runs.flatMap((run) => (run[each] === null ? [] : [run[each]]))
    return values.length === 0 ? '—' : milliseconds(each === 'max' ? highest(values) : median(values))
  }
  return `${figure('median')}, ${figure('p99')}, ${figure('max')}${missing > 0 ? ` (${missing} never came)` : ''}`
}

function startExitTable(startExit) {
  const columns = { wall: milliseconds, open: milliseconds, exit: milliseconds, memory: mebibytes }
  return table(
    ['', 'the whole script', 'opening, imports included', 'exit, from the last call on', 'memory at most'],
    everybody(startExit).map((name) => [
      titleOf(name),
      ...Object.entries(columns).map(([figure, write]) => write(median(startExit[name].map((run) => run[figure])))),
    ]),
  )
}

const NOT_SHIPPED = 'nats-server was not installed.'

function readingTable({ query: { gzip, plain, tail } }) {
  const ms = (values) => milliseconds(median(values))
  const row = (title, other, { ours, other: theirs }) => [title, ms(ours), other, ms(theirs)]
  return table(
    ['', 'takes', 'beside', 'takes'],
    [
      row('query of a rare text in compressed files', 'zcat, grep', gzip),
      row('the same in plain files', 'grep', plain),
      row('tail -n 100 of these', 'the start of Node.js', tail),
    ],
  )
}

function shipWaysTable({ skipped, ways }) {
  if (skipped) return NOT_SHIPPED
  const titles = {
    shipper: '**the shipper**: batches, each compared, stored and acknowledged',
    batches: 'the same batches, stored and not acknowledged',
    singles: 'each record published, stored and not acknowledged',
    batchesDropped: 'the same batches, to a subject without a stream: the server drops them',
    singlesDropped: 'each record published, dropped likewise',
    acked: 'js.publish of each record with a message id, 512 on their way',
  }
  return table(
    ['', 'thousand records per second', 'CPU of the sender per record, µs'],
    Object.entries(ways).map(([way, runs]) => [
      titles[way],
      kilo(median(runs.map(({ perSecond }) => perSecond))),
      median(runs.map(({ cpu }) => cpu)).toFixed(2),
    ]),
  )
}

function shipCallsTable({ skipped, calls }) {
  if (skipped) return NOT_SHIPPED
  const titles = { without: 'without a shipper', with: '**with a shipper that the listener has launched**' }
  return table(
    ['', 'a log call: CPU', 'time, median', 'CPU of the listener per record'],
    Object.entries(titles).map(([kind, title]) => [
      title,
      ...['cpu', 'wall', 'listener'].map((figure) => duration(median(calls[kind].map((run) => run[figure])))),
    ]),
  )
}

function shipCommandTable({ skipped, plain, gzip, lateness, starts }) {
  if (skipped) return NOT_SHIPPED
  const rate = (runs) => `${(median(runs.map(({ perSecond }) => perSecond)) / 2 ** 20).toFixed(1)} MiB per second`
  const memory = (runs) => mebibytes(highest(runs.map((run) => run.memory)))
  return table(
    ['`pino-funnel ship`', 'median', 'most'],
    [
      ['catching up from plain files', rate(plain), ''],
      ['catching up from compressed files', rate(gzip), ''],
      ['memory meanwhile', '', memory([...plain, ...gzip])],
      [
        'from a log call to the store, a record every 250 ms',
        milliseconds(median(lateness)),
        milliseconds(highest(lateness)),
      ],
      [
        'from its start, after its predecessor was killed, to its first message',
        milliseconds(median(starts)),
        milliseconds(highest(starts)),
      ],
    ],
  )
}

function pythonTable({ version, loguru, workers, of, rounds }) {
  if (version === undefined) return 'Python was not installed.'
  const titles = { 'queue-handler': 'QueueHandler and a listener process', loguru: `loguru ${loguru}, enqueue=True` }
  return table(
    [
      `Python ${version}, ${count(workers, 'worker')}`,
      'a log call, median',
      'CPU per record, all processes',
      'records per second',
      `kept of ${thousands(of)} when the worker is killed`,
    ],
    Object.entries(rounds).map(([name, runs]) => {
      const figure = (key, write) => write(median(runs.map((run) => run[key])))
      return [
        titles[name],
        figure('median', duration),
        figure('cpu', duration),
        figure('perSecond', thousands),
        figure('kept', thousands),
      ]
    }),
  )
}

function highest(values) {
  return Math.max(...values)
}
