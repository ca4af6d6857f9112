/** The goals, the figures, and whether each goal is met. No goal is left out: one without figures is `not measured`. */
import { COPY, FLOOR, OURS, PEER } from '../contenders/index.mjs'
import { median, pairedRatio } from '../kit/statistics.mjs'
import { count, duration, mebibytes, milliseconds, percent, ratio } from './units.mjs'

const WORKERS = ['1', '2', '8', '64']
/** Differences between two exits below this are chance. */
const MEASURABLE_MS = 1

/**
 * @param {Record<string, any>} figures - by measure, as far as there are any
 * @returns {{ what: string, goal: string, measured: string, floor: string, copy: string, verdict: 'met' | 'missed' | 'not measured' }[]}
 */
export function goalsOf(figures) {
  return [logCallGoals, systemGoals, otherGoals, shippingGoals, readingGoals].flatMap((goals) =>
    Object.values(goals(figures)),
  )
}

function logCallGoals({ 'log-call': logCall, threads }) {
  const calls = logCall && ((disk, name, figure, size = 'small') => logCall[disk][size][name].map((run) => run[figure]))
  const tail = (size) =>
    atMost(
      `p99.9 of a call with ${size} at full speed against pino.destination sync`,
      1,
      ratio,
      calls && (() => pairedRatio(calls('quiet', OURS, 'p999', size), calls('quiet', PEER, 'p999', size))),
      (name) => pairedRatio(calls('quiet', name, 'p999', size), calls('quiet', PEER, 'p999', size)),
    )
  return {
    call: atMost(
      'log call against pino into memory',
      1.08,
      ratio,
      calls && (() => pairedRatio(calls('quiet', OURS, 'median'), calls('quiet', COPY, 'median'))),
      (name) => pairedRatio(calls('quiet', name, 'median'), calls('quiet', COPY, 'median')),
    ),
    thread: atMost(
      'log call in a worker thread against pino.destination sync there',
      0.45,
      ratio,
      threads && (() => pairedRatio(...[OURS, PEER].map((name) => threads.calls[name].map((run) => run.median)))),
    ),
    tail1: tail('1 KB'),
    tail10: tail('10 KB'),
  }
}

function systemGoals({ 'system-cpu': system, threads }) {
  const runs = (workers, name, figure) => system[workers][name].map((round) => round[figure])
  const against = (workers, figure, name) => pairedRatio(runs(workers, OURS, figure), runs(workers, name, figure))
  const has = (workers) => system?.[workers] !== undefined
  const cpu = WORKERS.map((workers) =>
    atMost(
      `CPU per record of the whole system against pino into memory, ${count(workers, 'worker')}`,
      1.3,
      ratio,
      has(workers) && (() => against(workers, 'cpu', COPY)),
      (name) => pairedRatio(runs(workers, name, 'cpu'), runs(workers, COPY, 'cpu')),
    ),
  )
  const throughput = ['2', '8'].map((workers) =>
    atLeast(
      `throughput, ${count(workers, 'worker')} flooding one file, against pino into memory`,
      0.75,
      ratio,
      has(workers) && (() => against(workers, 'perSecond', COPY)),
      (name) => pairedRatio(runs(workers, name, 'perSecond'), runs(workers, COPY, 'perSecond')),
    ),
  )
  const pools = ['piscina', 'tinypool'].map((library) =>
    atLeast(
      `records per second of ${library}, 4 threads, against the same with pino.destination sync`,
      1.7,
      ratio,
      threads && (() => pairedRatio(...[OURS, PEER].map((name) => threads[library][name]))),
    ),
  )
  return {
    ...Object.fromEntries([...cpu, ...throughput, ...pools].map((each, index) => [index, each])),
    log4js: atLeast(
      'throughput, 2 workers, against log4js cluster',
      10,
      ratio,
      has('2') && (() => against('2', 'perSecond', 'log4js')),
    ),
    transport: atMost(
      'CPU per record in the transport config against pino/file there, 2 workers',
      0.9,
      ratio,
      has('2') && (() => pairedRatio(runs('2', 'funnel-transport', 'cpu'), runs('2', 'transport', 'cpu'))),
    ),
  }
}

function otherGoals({ latency, scale, threads, 'start-exit': startExit }) {
  const light = latency?.['light load']?.funnel
  const at = (workers) => scale.flooding.filter((run) => run.workers === workers && run.cpu !== undefined)
  const has = (workers) => scale !== undefined && at(workers).length > 0
  const growth = (figure) => {
    const [many, few] = [500, 2].map((workers) => median(at(workers).map((run) => run[figure])))
    return many / few
  }
  const added = (figure, name = FLOOR) =>
    median(startExit.funnel.map((run, round) => run[figure] - startExit[name][round][figure]))
  const quiet = scale?.quiet
  return {
    median: atMost(
      'time from the call to the readable line, light load, median',
      3,
      milliseconds,
      light && (() => median(light.map((run) => run.median))),
    ),
    p99: atMost('the same, p99', 10, milliseconds, light && (() => median(light.map((run) => run.p99)))),
    scale: atMost(
      'CPU per record at 500 workers against 2',
      1.3,
      ratio,
      has(2) && has(500) && (() => growth('cpu')),
      (name) => (name === FLOOR ? growth('floorCpu') : undefined),
    ),
    memory: atMost(
      "listener's memory, 64 workers flooding",
      90 * 2 ** 20,
      mebibytes,
      has(64) && (() => at(64)[0].memory),
    ),
    idle: atMost('100 quiet workers: CPU of the listener', 0.003, percent, quiet && (() => quiet.listener.coreShare)),
    wakeUps: atMost(
      '100 quiet workers: wake-ups of a worker, per second, beyond those of pino into nothing',
      0.05,
      (value) => value.toFixed(3),
      quiet && (() => Math.max(0, quiet.workers.wakeUpsPerSecond - quiet.floor.wakeUpsPerSecond)),
    ),
    open: atMost(
      'wall time of a script with destination() beyond that of one with pino.destination',
      15,
      milliseconds,
      startExit && (() => added('wall', PEER)),
    ),
    openInThread: atMost(
      'life of a thread that logs one record, beyond that of one with pino.destination',
      15,
      milliseconds,
      threads?.once && (() => median(threads.once[OURS].map((ms, round) => ms - threads.once[PEER][round]))),
    ),
    openMemory: atMost('memory that it adds', 6 * 2 ** 20, mebibytes, startExit && (() => added('memory'))),
    exit: atMost(
      'time that it adds to the exit (less than 1 ms is not measurable here)',
      MEASURABLE_MS,
      milliseconds,
      startExit && (() => added('exit')),
    ),
  }
}

/** What shipping to a server on the same two cores may cost. */
function shippingGoals({ shipping }) {
  const has = shipping !== undefined && shipping.skipped === undefined
  const { ways, calls, plain, gzip, lateness, starts } = has ? shipping : {}
  const against = (figures, ours, theirs, figure) =>
    pairedRatio(...[ours, theirs].map((name) => figures[name].map((run) => run[figure])))
  const way = (ours, theirs, figure) => has && ways[theirs] && (() => against(ways, ours, theirs, figure))
  const call = (figure) => has && (() => against(calls, 'with', 'without', figure))
  return {
    unacked: atLeast(
      'records a second of the shipper, acknowledged, against the same batches, stored and not acknowledged',
      0.6,
      ratio,
      way('shipper', 'batches', 'perSecond'),
    ),
    singles: atLeast(
      'the same, against records that are published one by one, stored and not acknowledged',
      5,
      ratio,
      way('shipper', 'singles', 'perSecond'),
    ),
    acked: atLeast(
      'CPU a record of js.publish for each record, against that of the shipper',
      50,
      ratio,
      way('acked', 'shipper', 'cpu'),
    ),
    cpu: atMost(
      'CPU a record of the shipper',
      600,
      duration,
      has && (() => median(ways.shipper.map(({ cpu }) => cpu)) * 1000),
    ),
    callCpu: atMost('CPU of a log call with a shipper, against without', 1.02, ratio, call('cpu')),
    callWall: atMost('time of a log call with a shipper, against without, median', 1.02, ratio, call('wall')),
    listener: atMost("listener's CPU a record with a shipper, against without", 1 / 0.95, ratio, call('listener')),
    late: atMost(
      'from a log call to the store, little traffic, median',
      250,
      milliseconds,
      has && (() => median(lateness)),
    ),
    gzip: atLeast(
      'bytes a second from compressed files while catching up, against plain files',
      0.8,
      ratio,
      has && (() => pairedRatio(...[gzip, plain].map((runs) => runs.map(({ perSecond }) => perSecond)))),
    ),
    start: atMost(
      'from the start of a shipper, whose predecessor was killed, to its first message',
      300,
      milliseconds,
      has && (() => median(starts)),
    ),
    memory: atMost(
      'memory of a shipper while catching up, at most',
      100 * 2 ** 20,
      mebibytes,
      has && (() => Math.max(...[...plain, ...gzip].map(({ memory }) => memory))),
    ),
  }
}

/** What reads a log, beside the programs that are used for it otherwise. */
function readingGoals({ reading }) {
  const asFast = (name) => reading && (() => pairedRatio(...['other', 'ours'].map((each) => reading.query[name][each])))
  return {
    gzip: atLeast('speed of query in compressed files against zcat with grep', 1.5, ratio, asFast('gzip')),
    plain: atLeast('speed of query in plain files against grep', 0.5, ratio, asFast('plain')),
    follow: atMost(
      'CPU of a reader that follows 100,000 records a second, of a core',
      0.15,
      percent,
      reading && (() => reading.follow.share),
    ),
    late: atMost('how late it is, at most', 200, milliseconds, reading && (() => reading.follow.late.most)),
    top: atMost('CPU of top with 100 workers, of a core', 0.02, percent, reading && (() => reading.top.share)),
    topMemory: atMost('memory of top, at most', 80 * 2 ** 20, mebibytes, reading && (() => reading.top.memory)),
  }
}

/** @param bound - the same figure of a contender that writes nowhere, if it has one */
function atMost(what, limit, write, measure, bound) {
  return goal(what, `≤ ${write(limit)}`, write, measure, (value) => value <= limit, bound)
}

function atLeast(what, limit, write, measure, bound) {
  return goal(what, `≥ ${write(limit)}`, write, measure, (value) => value >= limit, bound)
}

function goal(what, limit, write, measure, isMet, bound = () => undefined) {
  if (!measure) return { what, goal: limit, measured: '', floor: '', copy: '', verdict: 'not measured' }
  const value = measure()
  const [floor, copy] = [FLOOR, COPY].map((name) => bound(name)).map((each) => (each === undefined ? '' : write(each)))
  return { what, goal: limit, measured: write(value), floor, copy, verdict: isMet(value) ? 'met' : 'missed' }
}
