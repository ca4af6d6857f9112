/** Follows the log files of a directory from their end, and takes the latency of each record with the time of its call. */
import { fstatSync, openSync, readSync } from 'node:fs'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { logFilesIn } from '../../scene/log-files.mjs'

const POLL_MS = 0.2
/** Polls between two searches for new files. */
const POLLS_PER_SEARCH = 100
const STAMP = Buffer.from('"t":')
const NEWLINE = 0x0a
const chunk = Buffer.allocUnsafe(4 * 1024 * 1024)
const sleeper = new Int32Array(new SharedArrayBuffer(4))

const followed = new Map()
const latencies = []

function findFiles(fromEnd) {
  for (const file of logFilesIn(workerData.logs)) {
    if (followed.has(file)) continue
    const descriptor = openSync(file, 'r')
    followed.set(file, { descriptor, position: fromEnd ? fstatSync(descriptor).size : 0 })
  }
}

/** Reads what has been added. Only whole lines count as readable. */
function poll(file) {
  const read = readSync(file.descriptor, chunk, 0, chunk.length, file.position)
  if (read === 0) return
  const [seconds, nanoseconds] = process.hrtime()
  const now = seconds * 1e9 + nanoseconds
  const end = chunk.subarray(0, read).lastIndexOf(NEWLINE) + 1
  file.position += end
  for (let at = chunk.indexOf(STAMP); at >= 0 && at < end; at = chunk.indexOf(STAMP, at + 1)) {
    latencies.push((now - Number.parseInt(chunk.latin1Slice(at + STAMP.length, at + STAMP.length + 20), 10)) / 1e6)
  }
}

findFiles(true)
parentPort.postMessage('ready')
let wanted
for (let polls = 1; ; polls += 1) {
  for (const file of followed.values()) poll(file)
  if (polls % POLLS_PER_SEARCH === 0) {
    findFiles(false)
    const order = receiveMessageOnPort(parentPort)?.message
    if (order) wanted = { expected: order.expected, until: performance.now() + order.patience }
  }
  if (wanted && (latencies.length >= wanted.expected || performance.now() > wanted.until)) break
  Atomics.wait(sleeper, 0, 0, POLL_MS)
}
parentPort.postMessage(latencies)
