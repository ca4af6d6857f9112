/**
 * The demo: a clustered HTTP service under load logs each request through pino-funnel, while its workers and the
 * listener are killed at random. At the end the log file is compared with the workers' ledgers.
 *
 *   service.js   one worker of the service: Fastify, pino, and the two lines that matter
 *   workers.js   starts the workers and replaces the killed ones, as any cluster does
 *   load.js      the clients, in a process of their own (clients.js)
 *   chaos.js     kills workers and listeners with SIGKILL
 *   progress.js  prints a line each second
 *   verdict.js   compares the log file with the ledgers
 */
import { LogDirectory } from '@pino-funnel/test/kit'
import { Ledger } from '@pino-funnel/test/records'
import pino from 'pino'
import { destination } from 'pino-funnel'
import { startChaos } from './chaos.js'
import { startLoad } from './load.js'
import { readOptions } from './options.js'
import { printProgress } from './progress.js'
import { judge } from './verdict.js'
import { Workers } from './workers.js'

const { seconds, workers: size } = readOptions(process.argv.slice(2))
const directory = new LogDirectory()
console.log(`${size} workers serve HTTP for ${seconds} s, and log each request to ${directory.file}`)
console.log(`Meanwhile workers and the listener are killed with SIGKILL. Ctrl-C ends the demo early.\n`)

// The primary logs each kill to the same file, by the same two lines as its workers.
const stream = destination({ file: directory.file })
const log = pino(stream)
const ledger = new Ledger(directory.ledgers, 'primary')
const note = (event) => ledger.log(event, (record) => log.warn(record, 'chaos'))

const workers = new Workers(size, directory)
const load = startLoad(await workers.listening(), seconds)
// The signal may come twice: from npm and from the terminal.
process.on('SIGINT', load.stop)
process.on('SIGTERM', load.stop)
const chaos = startChaos(workers, directory, note)
const progress = printProgress(directory, load, chaos)

const trouble = await Promise.race([load.ended, workers.crashed])

chaos.stop()
load.stop()
await workers.stop()
await new Promise((resolve) => stream.once('close', resolve).end())
progress.stop()
console.log('\nThe load is over. Reading the log when all processes have exited.')
process.exitCode = await judge(directory, chaos.killed, trouble)
