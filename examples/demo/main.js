/**
 * The demo: a clustered HTTP service under load logs each request through pino-funnel, while its workers and the
 * listener are killed at random. At the end the log file is compared with the workers' ledgers.
 *
 *   service.js   one worker of the service: Fastify, pino, and the two lines that matter
 *   workers.js   starts the workers and replaces the killed ones, as any cluster does
 *   load.js      the clients, in a process of their own (clients.js)
 *   chaos.js     kills workers and listeners with SIGKILL
 *   progress.js  prints a line each second
 *   stream.js    with --ship: a real NATS JetStream that gets the log, and is killed, too
 *   verdict.js   compares the log file, and the stream, with the ledgers
 */
import { LogDirectory } from '@pino-funnel/test/kit'
import { Ledger } from '@pino-funnel/test/records'
import pino from 'pino'
import { destination } from 'pino-funnel'
import { startChaos } from './chaos.js'
import { startLoad } from './load.js'
import { readOptions } from './options.js'
import { printProgress } from './progress.js'
import { Stream } from './stream.js'
import { judge } from './verdict.js'
import { Workers } from './workers.js'

const { seconds, workers: size, ship } = readOptions(process.argv.slice(2))
const directory = new LogDirectory()
const stream = ship ? await startStream() : undefined
console.log(`${size} workers serve HTTP for ${seconds} s, and log each request to ${directory.file}`)
console.log(`Meanwhile workers and the listener are killed with SIGKILL. Ctrl-C ends the demo early.\n`)

// The primary logs each kill to the same file, by the same two lines as its workers.
const own = destination({ file: directory.file, ...(stream && { ship: stream.ship }) })
const log = pino(own)
const ledger = new Ledger(directory.ledgers, 'primary')
const note = (event) => ledger.log(event, (record) => log.warn(record, 'chaos'))

const workers = new Workers(size, directory, stream?.ship)
const load = startLoad(await workers.listening(), seconds)
// The signal may come twice: from npm and from the terminal.
process.on('SIGINT', load.stop)
process.on('SIGTERM', load.stop)
const chaos = startChaos(workers, directory, note, stream)
const progress = printProgress(directory, load, chaos, stream)

const trouble = await Promise.race([load.ended, workers.crashed])

chaos.stop()
load.stop()
// A shipper waits for its server for 5 s only when the last worker has left.
await stream?.ready()
await workers.stop()
await new Promise((resolve) => own.once('close', resolve).end())
progress.stop()
console.log('\nThe load is over. Reading the log when all processes have exited.')
process.exitCode = await judge(directory, chaos.killed, trouble, stream)
stream?.stop()

async function startStream() {
  try {
    return await Stream.start(directory)
  } catch (error) {
    console.error(error.message)
    process.exit(2)
  }
}
