/** The same records by several ways into the server, in turn. */
import { setTimeout as pause } from 'node:timers/promises'
import { connectNats, loadJetStream, openJetStream, parseJetStreamOptions, Shipper } from '@pino-funnel/ship/internal'

const LINE = `${JSON.stringify({ level: 30, time: 1_796_029_205_561, pid: 9145, msg: 'an order is shipped'.padEnd(80, '.') })}\n`
const LINE_BYTES = Buffer.from(LINE)
const BATCH_BYTES = 256 * 1024
const BATCH_RECORDS = Math.floor(BATCH_BYTES / LINE.length)
const BATCH = Buffer.from(LINE.repeat(BATCH_RECORDS))
/** A subject that no stream has: the server drops what comes. */
const DROPPED = 'plain'
/** Messages of `js.publish` on their way at once. */
const IN_FLIGHT = 512
/** How often the stream is asked how much it has stored. A question costs the server and the sender some 0.2 ms. */
const POLL_MS = 10
/** A server may drop what it can't store fast enough: 2.11 and newer do. */
const STALLED_MS = 10_000
/** Rounds that don't count: code is compiled, and memory is touched for the first time. */
const WARM_UP_ROUNDS = 1

/** @returns by way, for each round: records per second, and µs of CPU a record in the sending process */
export async function wayRounds(nats, rounds, { records, singles }) {
  const options = parseJetStreamOptions(nats.options, 'options')
  const clients = await loadJetStream()
  const connection = await connectNats(clients, options)
  const client = clients.jetstream.jetstream(connection)
  const manager = await clients.jetstream.jetstreamManager(connection, { timeout: 20_000 })
  const stored = async () => (await manager.streams.info(options.stream)).state.messages
  const batches = Math.ceil(records / BATCH_RECORDS)
  const ways = {
    shipper: (round) => ship(options, `ways-${round}`, batches),
    batches: () => publishAndStore(connection, stored, BATCH, batches, BATCH_RECORDS),
    singles: () => publishAndStore(connection, stored, LINE_BYTES, records, 1),
    batchesDropped: () => publish(connection, DROPPED, BATCH, batches, BATCH_RECORDS),
    singlesDropped: () => publish(connection, DROPPED, LINE_BYTES, records, 1),
    acked: (round) => publishAcked(client, singles, round),
  }
  const results = Object.fromEntries(Object.keys(ways).map((way) => [way, []]))
  try {
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      for (const [way, send] of Object.entries(ways)) {
        const result = await measured(() => send(round))
        if (round >= 0) results[way].push(result)
        await nats.purge()
      }
    }
  } finally {
    await connection.close()
  }
  return results
}

/** @param send - gives the number of records */
async function measured(send) {
  const [begin, cpu] = [performance.now(), process.cpuUsage()]
  const records = await send()
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: (records * 1000) / (performance.now() - begin), cpu: (user + system) / records }
}

/** The shipper as it is, with a log whose portions are all the same memory: to fill more of it costs as much as to ship it. */
async function ship(options, host, batches) {
  const end = batches * BATCH.length
  const source = {
    log: { id: host, name: 'app.log', host },
    async *read(from = 0) {
      for (let at = from; at < end; at += BATCH.length) yield { from: at, bytes: BATCH }
    },
    bounds: async () => ({ begin: 0, end }),
  }
  const progress = { progress: undefined, write: (written) => void (progress.progress = written) }
  const shipper = new Shipper({
    source,
    openEngine: openJetStream(options, {}),
    progress,
    batching: { size: BATCH_BYTES, wait: 0 },
    outgoing: { tooLong: 'cut' },
    from: 'beginning',
    onEvent: ({ type, error }) => {
      throw new Error(`The shipper reports ${type}`, { cause: error })
    },
    pause: async () => {},
  })
  await shipper.run(new AbortController().signal)
  return batches * BATCH_RECORDS
}

/** Nothing is acknowledged, and it is over when the stream has stored all of it, as the shipper is. */
async function publishAndStore(connection, stored, data, count, recordsEach) {
  await publish(connection, 'logs.unacknowledged', data, count, recordsEach)
  let [messages, since] = [0, performance.now()]
  for (;;) {
    const now = await stored()
    if (now === count) return count * recordsEach
    if (now > messages) [messages, since] = [now, performance.now()]
    if (performance.now() - since > STALLED_MS)
      throw new Error(`The stream has ${now} of ${count} messages, and does not get the rest`)
    await pause(POLL_MS)
  }
}

/** Nothing is acknowledged. It is over when the server has read all of it. */
async function publish(connection, subject, data, count, recordsEach) {
  for (let n = 0; n < count; n += 1) connection.publish(subject, data)
  await connection.flush()
  return count * recordsEach
}

async function publishAcked(client, count, round) {
  const inFlight = []
  for (let n = 0; n < count; n += 1) {
    if (inFlight.length >= IN_FLIGHT) await inFlight.shift()
    inFlight.push(client.publish('logs.acked', LINE_BYTES, { msgID: `${round}-${n}` }))
  }
  await Promise.all(inFlight)
  return count
}
