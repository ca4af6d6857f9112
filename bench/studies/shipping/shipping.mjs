/**
 * What does shipping cost, beside other ways to bring records into NATS, and what does it cost a log call?
 *
 *     node bench/studies/shipping/shipping.mjs [rounds]
 *
 * Ways are measured in turn, with a real nats-server on this machine; ratios are taken within a round.
 */
import { connectNats, loadJetStream, openJetStream, parseJetStreamOptions, Shipper } from '@pino-funnel/ship/internal'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Nats } from '../../fleet/nats.mjs'
import { median, pairedRatio } from '../../kit/statistics.mjs'

const RECORDS = 200_000
const SINGLE = 20_000
const LINE = `${JSON.stringify({ level: 30, time: 1_796_029_205_561, pid: 9145, msg: 'an order is shipped'.padEnd(80, '.') })}\n`
const BATCH_BYTES = 256 * 1024
const IN_FLIGHT = 512
const WORKER = fileURLToPath(new URL('log-call-worker.mjs', import.meta.url))

const rounds = Number(process.argv[2] ?? 5)
const nats = new Nats()
await nats.start()
await nats.createStream()
const options = parseJetStreamOptions(nats.options, 'options')
const clients = await loadJetStream()
const connection = await connectNats(clients, options)
const client = clients.jetstream.jetstream(connection)
const batches = Math.ceil((RECORDS * LINE.length) / BATCH_BYTES)
const batch = Buffer.from(LINE.repeat(Math.floor(BATCH_BYTES / LINE.length)))

const WAYS = {
  shipper: { records: RECORDS, run: (round) => ship(`host-${round}`) },
  'batches without acks': { records: RECORDS, run: () => publish(batch, batches) },
  'records without acks': { records: RECORDS, run: () => publish(Buffer.from(LINE), RECORDS) },
  'js.publish of records': { records: SINGLE, run: publishEach },
}
const results = Object.fromEntries(Object.keys(WAYS).map((way) => [way, []]))
const calls = { without: [], with: [] }
try {
  for (let round = 0; round < rounds; round++) {
    for (const [way, { records, run }] of Object.entries(WAYS))
      results[way].push(await measured(records, () => run(round)))
    calls.without.push(logCall())
    calls.with.push(logCall(nats.options.servers))
  }
} finally {
  await connection.close()
  await nats.kill()
  nats.remove()
}
for (const [way, runs] of Object.entries(results))
  console.log(
    `${way}: ${figure(runs, 'perSecond')} records/s, ${median(runs.map(({ cpu }) => cpu)).toFixed(2)} µs of CPU a record`,
  )
const {
  shipper,
  'batches without acks': unacked,
  'records without acks': single,
  'js.publish of records': acked,
} = results
console.log(`batch with acks ÷ without: ${ratio(shipper, unacked, 'perSecond')}`)
console.log(`batch with acks ÷ records without: ${ratio(shipper, single, 'perSecond')}`)
console.log(`CPU of js.publish a record ÷ of the shipper: ${ratio(acked, shipper, 'cpu')}`)
console.log(`log call with ÷ without a shipper: ${pairedRatio(calls.with, calls.without).toFixed(3)}`)

async function measured(records, run) {
  const [begin, cpu] = [performance.now(), process.cpuUsage()]
  await run()
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: (records * 1000) / (performance.now() - begin), cpu: (user + system) / records }
}

async function ship(host) {
  const bytes = Buffer.from(LINE.repeat(RECORDS))
  const each = Math.floor(BATCH_BYTES / LINE.length) * LINE.length
  const source = {
    log: { id: host, name: 'app.log', host },
    async *read(from = 0) {
      for (let at = from; at < bytes.length; at += each) yield { from: at, bytes: bytes.subarray(at, at + each) }
    },
    bounds: async () => ({ begin: 0, end: bytes.length }),
  }
  const progress = { progress: undefined, write: (written) => void (progress.progress = written) }
  const one = new Shipper({
    source,
    openEngine: openJetStream(options, {}),
    progress,
    batching: { size: BATCH_BYTES, wait: 0 },
    outgoing: { tooLong: 'cut' },
    from: 'beginning',
    onEvent: ({ type, error }) => console.error(type, error),
    pause: async () => {},
  })
  await one.run(new AbortController().signal)
}

async function publish(data, count) {
  for (let n = 0; n < count; n++) connection.publish('logs.plain', data)
  await connection.flush()
}

async function publishEach() {
  const data = Buffer.from(LINE)
  const inFlight = []
  for (let n = 0; n < SINGLE; n++) {
    if (inFlight.length >= IN_FLIGHT) await inFlight.shift()
    inFlight.push(client.publish('logs.single', data, { msgID: `${n}-${performance.now()}` }))
  }
  await Promise.all(inFlight)
}

/** @returns ns */
function logCall(servers) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-shipping-'))
  try {
    return Number(execFileSync(process.execPath, [WORKER, join(directory, 'app.log'), ...(servers ? [servers] : [])]))
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 })
  }
}

function figure(runs, name) {
  return Math.round(median(runs.map((run) => run[name]))).toLocaleString('en')
}

function ratio(ours, theirs, name) {
  return pairedRatio(
    ours.map((run) => run[name]),
    theirs.map((run) => run[name]),
  ).toFixed(2)
}
