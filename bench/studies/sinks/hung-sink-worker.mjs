/** One contender of hung-sink.mjs: logs for some seconds, lets the listener exit, and prints its figures. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { destination } from 'pino-funnel'

const RECORDS_PER_TURN = 1000
/** Flushed so often that little waits: the listener is measured, not the size of a mailbox. */
const RECORDS_PER_FLUSH = 50_000

const [name, file, seconds] = process.argv.slice(2)
const target = fileURLToPath(new URL('sink-hangs.mjs', import.meta.url))
const sinks = name === 'hangs' ? [{ target }] : []
const unbounded = { maxMailboxBytes: 2 ** 40, maxChannelBytes: 2 ** 40, flushTimeout: 600_000 }
const stream = destination({ file, linger: 0, sinks, ...unbounded })
const log = pino({}, stream)

function flushed() {
  return new Promise((resolve, reject) => stream.flush((error) => (error ? reject(error) : resolve())))
}

function listener() {
  const command = join(
    dirname(createRequire(import.meta.url).resolve('pino-funnel/package.json')),
    'bin/pino-funnel.js',
  )
  return JSON.parse(execFileSync(process.execPath, [command, 'status', '--json', file], { encoding: 'utf8' })).listener
}

/** The most resident memory of a process, in bytes. */
function peakMemory(pid) {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

let records = 1
log.info('first')
await flushed()

const start = performance.now()
const end = start + Number(seconds) * 1000
while (performance.now() < end) {
  for (let n = 0; n < RECORDS_PER_TURN; n += 1) log.info({ n, user: 'u-1024', path: '/orders' }, 'request completed')
  records += RECORDS_PER_TURN
  if (records % RECORDS_PER_FLUSH === 1) await flushed()
  else await new Promise(setImmediate)
}
await flushed()
const rate = (records / (performance.now() - start)) * 1000

const { pid, files } = listener()
const memory = peakMemory(pid)
const dropped = files[0].sinks[0]?.dropped ?? 0
stream.end()
const mailboxes = join(dirname(file), '.pino-funnel', 'mailboxes')
while (existsSync(`/proc/${pid}`) || readdirSync(mailboxes).length > 0) await pause(50)
console.log(JSON.stringify({ records, rate, memory, dropped }))
