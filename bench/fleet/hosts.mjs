// Many hosts in one process: the shipper of each is the real one, with its own connection; its log is in memory.
// Orders: { type: 'start', hosts, rate, options, wait }, { type: 'end' }; reports once a second, and at the end.
import { openJetStream, parseJetStreamOptions, Shipper } from '@pino-funnel/ship/internal'
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { SteadyLog } from './steady-log.mjs'

const REPORT_MS = 1000
const LONGEST_PAUSE_MS = 30_000

let hosts = []
let delays = []

process.on('message', (order) => {
  if (order.type === 'start') start(order)
  else void end()
})

function start({ names, rate, options, wait }) {
  const open = openJetStream(parseJetStreamOptions(options, 'options'), {})
  hosts = names.map((name) => shipping(name, rate, open, wait))
  setInterval(report, REPORT_MS).unref()
}

function shipping(host, rate, open, wait) {
  const id = createHash('md5').update(host).digest('hex')
  const source = new SteadyLog(host, id, rate)
  const shipper = new Shipper({
    source,
    openEngine: async (log) => timed(await open(log), source),
    progress: memory(),
    batching: { size: 256 * 1024, wait },
    outgoing: { tooLong: 'cut' },
    from: 'beginning',
    onEvent: () => {},
    // As the running shipper does, with full jitter.
    pause: (failures) => pause(Math.random() * Math.min(LONGEST_PAUSE_MS, 100 * 2 ** (failures - 1))),
  })
  return { source, shipper, done: shipper.run(new AbortController().signal) }
}

/** Notes how late the oldest record of each batch is stored. */
function timed(engine, source) {
  const { promise, maxBytes, warnings } = engine
  return {
    promise,
    maxBytes,
    warnings,
    last: () => engine.last(),
    hasLost: (stored) => engine.hasLost(stored),
    close: () => engine.close(),
    async store(batch, after) {
      const stored = await engine.store(batch, after)
      delays.push(performance.now() - source.timeOf(batch.from))
      return stored
    },
  }
}

function memory() {
  return {
    progress: undefined,
    write(progress) {
      this.progress = progress
    },
  }
}

function report() {
  const all = hosts.map(({ shipper }) => shipper.status())
  const sum = (figure) => all.reduce((total, status) => total + status[figure], 0)
  process.send({
    type: 'report',
    shipping: all.filter(({ state, batches }) => state === 'shipping' && batches > 0).length,
    troubled: all.filter(({ trouble }) => trouble !== undefined).length,
    batches: sum('batches'),
    records: sum('records'),
    conflicts: sum('conflicts'),
    behind: hosts.reduce((total, { source, shipper }) => total + source.bytes - (shipper.status().position ?? 0), 0),
    memory: process.memoryUsage.rss(),
    delays,
  })
  delays = []
}

async function end() {
  for (const { source } of hosts) source.end()
  await Promise.all(hosts.map(({ done }) => done))
  report()
  process.send({ type: 'ended', bytes: hosts.reduce((total, { source }) => total + source.bytes, 0) }, () =>
    process.disconnect(),
  )
}
