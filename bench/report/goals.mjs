/** The goals, the figures, and whether each goal is met. No goal is left out: one without figures is `not measured`. */
import { COPY, FLOOR, OURS, PEER } from '../contenders/index.mjs'
import { median, pairedRatio } from '../kit/statistics.mjs'
import { count, mebibytes, milliseconds, percent, ratio } from './units.mjs'

const WORKERS = ['1', '2', '8', '64']
/** Differences between two exits below this are chance. */
const MEASURABLE_MS = 1

/**
 * @param {Record<string, any>} figures - by measure, as far as there are any
 * @returns {{ what: string, goal: string, measured: string, floor: string, copy: string, verdict: 'met' | 'missed' | 'not measured' }[]}
 */
export function goalsOf(figures) {
  return Object.values({ ...logCallGoals(figures), ...systemGoals(figures), ...otherGoals(figures) })
}

function logCallGoals({ 'log-call': logCall }) {
  const calls = logCall && ((disk, name, figure) => logCall[disk].small[name].map((round) => round[figure]))
  const against = (disk, figure, name) => pairedRatio(calls(disk, OURS, figure), calls(disk, name, figure))
  return {
    call: atMost(
      'log call against pino.destination sync',
      0.35,
      ratio,
      calls && (() => against('quiet', 'median', PEER)),
      (name) => pairedRatio(calls('quiet', name, 'median'), calls('quiet', PEER, 'median')),
    ),
    floor: atMost(
      'log call against the floor (pino into nothing)',
      1.5,
      ratio,
      calls && (() => against('quiet', 'median', FLOOR)),
      (name) => pairedRatio(calls('quiet', name, 'median'), calls('quiet', FLOOR, 'median')),
    ),
    flood: atMost(
      'p99.9 of a call while the disk is flooded, 2,000 calls a second, against the same',
      0.15,
      ratio,
      calls && (() => against('paced', 'p999', PEER)),
      (name) => pairedRatio(calls('paced', name, 'p999'), calls('paced', PEER, 'p999')),
    ),
  }
}

function systemGoals({ 'system-cpu': system }) {
  const runs = (workers, name, figure) => system[workers][name].map((round) => round[figure])
  const faster = (name) => pairedRatio(runs('2', OURS, 'perSecond'), runs('2', name, 'perSecond'))
  const has = (workers) => system?.[workers] !== undefined
  const cpu = WORKERS.map((workers) =>
    atMost(
      `CPU per record of the whole system against pino.destination sync, ${count(workers, 'worker')}`,
      0.5,
      ratio,
      has(workers) && (() => pairedRatio(runs(workers, OURS, 'cpu'), runs(workers, PEER, 'cpu'))),
      (name) => pairedRatio(runs(workers, name, 'cpu'), runs(workers, PEER, 'cpu')),
    ),
  )
  return {
    ...Object.fromEntries(cpu.map((each, index) => [`cpu${index}`, each])),
    throughput: atLeast(
      'throughput, 2 workers flooding one file, against the same',
      1.8,
      ratio,
      has('2') && (() => faster(PEER)),
      (name) => pairedRatio(runs('2', name, 'perSecond'), runs('2', PEER, 'perSecond')),
    ),
    log4js: atLeast('throughput, 2 workers, against log4js cluster', 10, ratio, has('2') && (() => faster('log4js'))),
    send: atLeast(
      'throughput, 2 workers, against process.send',
      10,
      ratio,
      has('2') && (() => faster('send')),
      (name) => pairedRatio(runs('2', name, 'perSecond'), runs('2', 'send', 'perSecond')),
    ),
    transport: atMost(
      'CPU per record in the transport config against pino/file there, 2 workers',
      1,
      ratio,
      has('2') && (() => pairedRatio(runs('2', 'funnel-transport', 'cpu'), runs('2', 'transport', 'cpu'))),
    ),
  }
}

function otherGoals({ latency, scale, 'start-exit': startExit }) {
  const light = latency?.['light load']?.funnel
  const at = (workers) => scale.flooding.filter((run) => run.workers === workers && run.cpu !== undefined)
  const has = (workers) => scale !== undefined && at(workers).length > 0
  const growth = (figure) => {
    const [many, few] = [500, 2].map((workers) => median(at(workers).map((run) => run[figure])))
    return many / few
  }
  const added = (figure) =>
    median(startExit.funnel.map((run) => run[figure])) - median(startExit.nothing.map((run) => run[figure]))
  const quiet = scale?.quiet
  return {
    median: atMost(
      'time from the call to the readable line, light load, median',
      3,
      milliseconds,
      light && (() => median(light.map((run) => run.median))),
    ),
    p99: atMost('the same, p99', 10, milliseconds, light && (() => median(light.map((run) => run.p99)))),
    scale: atMost('CPU per record at 500 workers against 2', 1.3, ratio, has(2) && has(500) && (() => growth('cpu'))),
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
    open: atMost('wall time that destination() adds to a script', 10, milliseconds, startExit && (() => added('wall'))),
    openMemory: atMost('memory that it adds', 6 * 2 ** 20, mebibytes, startExit && (() => added('memory'))),
    exit: atMost(
      'time that it adds to the exit (less than 1 ms is not measurable here)',
      MEASURABLE_MS,
      milliseconds,
      startExit && (() => added('exit')),
    ),
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
