/** A worker of order.mjs: floods the file, and prints its CPU in microseconds, without its start. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { destination } from 'pino-funnel'

const SELF = fileURLToPath(import.meta.url)
/** Calls between two turns of the event loop: the worker yields now and then, as real ones do. */
const RECORDS_PER_TURN = 1000

/** @returns microseconds of CPU */
export async function runWorker(kind, file, records, options = {}) {
  const parameters = [kind, file, String(records), JSON.stringify(options)]
  const worker = spawn(process.execPath, [SELF, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  worker.stdout.setEncoding('utf8').on('data', (text) => (printed += text))
  const [code] = await once(worker, 'close')
  if (code !== 0) throw new Error(`The worker ended with code ${code}`)
  return Number(printed)
}

if (process.argv[1] === SELF) {
  const [kind, file, records, options] = process.argv.slice(2)
  const sink =
    kind === 'destination-sync'
      ? pino.destination({ dest: file, sync: true })
      : destination({ file, mmap: 'require', ...JSON.parse(options) })
  const log = pino({}, sink)
  const before = process.cpuUsage()
  for (let n = 0; n < Number(records); n += 1) {
    log.info({ n, user: 'u-1024', path: '/orders' }, 'request completed')
    if (n % RECORDS_PER_TURN === 0) await new Promise(setImmediate)
  }
  const { user, system } = process.cpuUsage(before)
  console.log(user + system)
}
