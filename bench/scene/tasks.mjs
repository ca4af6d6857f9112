/** The tasks of a worker. */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { quantile } from '../kit/statistics.mjs'

/** Log calls in one turn of the event loop, as a busy server makes them. */
const PER_TURN = 100
/** Log calls in a burst. Single calls are timed as well, but their time includes the cost of the clock. */
const BURST = 100

export function tasksOf(logger) {
  return {
    flood: (parameters) => flood(logger, parameters),
    floodFor: (parameters) => floodFor(logger, parameters),
    timed: (parameters) => timed(logger, parameters),
    timedAtPace: (parameters) => timedAtPace(logger, parameters),
    pace: (parameters) => pace(logger, parameters),
    spin: (parameters) => spin(logger, parameters),
    settle: () => logger.settle?.(),
    die: (parameters) => die(logger, parameters),
    thread: startThread,
    timedInThread,
    threadsOnce,
    pool: runInPool,
    terminate: terminateThread,
  }
}

/** Logs as fast as it can, and yields now and then. */
async function flood(logger, { records, body = 0, from = 0 }) {
  const record = recordOf(body)
  for (record.n = from; record.n < from + records; record.n += 1) {
    logger.log(record)
    if (record.n % PER_TURN === 0) await nextTurn()
  }
}

function recordOf(body) {
  const record = { n: 0, user: 'u-1024', path: '/orders' }
  return body > 0 ? { ...record, body: 'x'.repeat(body) } : record
}

/** Logs as fast as it can. Some records carry the time of their log call. */
async function floodFor(logger, { ms, stampEvery }) {
  const end = performance.now() + ms
  let n = 0
  while (performance.now() < end) {
    for (let turn = 0; turn < PER_TURN; turn += 1, n += 1) {
      logger.log(n % stampEvery === 0 ? { n, t: now() } : { n, user: 'u-1024', path: '/orders' })
    }
    await nextTurn()
  }
  return { records: n, stamped: Math.ceil(n / stampEvery) }
}

/** @returns ns per call: the median of bursts, and the tail of single calls */
async function timed(logger, { records, body }) {
  const record = recordOf(body)
  const bursts = []
  const calls = new Float64Array(records)
  let call = 0
  while (call < records) {
    const before = performance.now()
    for (let n = 0; n < BURST; n += 1, record.n += 1) logger.log(record)
    bursts.push((performance.now() - before) / BURST)
    await nextTurn()
    for (let n = 0; n < BURST && call < records; n += 1, call += 1, record.n += 1) {
      const start = performance.now()
      logger.log(record)
      calls[call] = performance.now() - start
    }
    await nextTurn()
  }
  return { ...tailOf(calls), median: ns(quantile(bursts, 0.5)) }
}

/** Logs `perMs` calls each ms, or fewer when the calls take longer. @returns ns per call */
async function timedAtPace(logger, { records, perMs }) {
  const record = recordOf(0)
  const calls = new Float64Array(records)
  for (let call = 0; call < records;) {
    for (let n = 0; n < perMs && call < records; n += 1, call += 1, record.n += 1) {
      const start = performance.now()
      logger.log(record)
      calls[call] = performance.now() - start
    }
    await pause(1)
  }
  return { ...tailOf(calls), median: ns(quantile(calls, 0.5)) }
}

function tailOf(calls) {
  return {
    p99: ns(quantile(calls, 0.99)),
    p999: ns(quantile(calls, 0.999)),
    max: ns(calls.reduce((most, one) => Math.max(most, one))),
  }
}

function ns(ms) {
  return Math.round(ms * 1e6)
}

async function pace(logger, { records, everyMs }) {
  for (let n = 0; n < records; n += 1) {
    logger.log({ n, t: now() })
    await pause(everyMs)
  }
}

/** Logs at a pace, and never yields. */
function spin(logger, { records, everyMs }) {
  for (let n = 0; n < records; n += 1) {
    logger.log({ n, t: now() })
    const end = performance.now() + everyMs
    while (performance.now() < end);
  }
}

/** Logs, and immediately ends itself by `way`, or kills `victim`. */
function die(logger, { records, way, victim }) {
  for (let n = 0; n < records; n += 1) logger.log({ n, user: 'u-1024', path: '/orders' })
  if (way === 'exit') process.exit()
  process.kill(victim ?? process.pid, way)
}

let thread

/** Starts a thread that opens the contender for itself. */
async function startThread({ name, file, records }) {
  thread = new Worker(fileURLToPath(new URL('thread.mjs', import.meta.url)), { workerData: { name, file, records } })
  await new Promise((resolve, reject) => thread.once('error', reject).once('message', resolve))
}

async function terminateThread() {
  await new Promise((resolve) => {
    thread.once('message', () => resolve(thread.terminate()))
    thread.postMessage('log')
  })
}

/** @returns ns per call in a thread, see `timed` */
async function timedInThread({ name, logs, records }) {
  const timing = new Worker(new URL('timed-thread.mjs', import.meta.url), { workerData: { name, logs, records } })
  try {
    return await new Promise((resolve, reject) => timing.once('error', reject).once('message', resolve))
  } finally {
    await timing.terminate()
  }
}

/** @returns ms from the creation to the end of a thread that logs one record, of each of `threads` after a first one */
async function threadsOnce({ name, logs, threads }) {
  const times = []
  for (let n = 0; n <= threads; n += 1) {
    const start = performance.now()
    const once = new Worker(new URL('once-thread.mjs', import.meta.url), { workerData: { name, logs } })
    await new Promise((resolve, reject) => once.once('error', reject).once('exit', resolve))
    times.push(performance.now() - start)
  }
  return times.slice(1)
}

const POOLS = { piscina: () => import('piscina'), tinypool: () => import('tinypool') }
let pool

/** A task for each thread of a pool, which stays for later calls. */
async function runInPool({ library, size, ...task }) {
  pool ??= await openPool(library, size)
  await Promise.all(Array.from({ length: size }, () => pool.run(task)))
}

async function openPool(library, size) {
  const { default: Pool } = await POOLS[library]()
  const filename = fileURLToPath(new URL('pool-task.mjs', import.meta.url))
  return new Pool({ filename, minThreads: size, maxThreads: size })
}

/** ns of the system's monotonic clock, which all processes share. */
function now() {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e9 + nanoseconds
}
