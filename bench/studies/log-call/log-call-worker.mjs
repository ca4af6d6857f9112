/** One contender of log-call.mjs: warms up, logs, and prints ns per call, elapsed and of CPU. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import pino from 'pino'
import { destination } from 'pino-funnel'

const DESTINATIONS = {
  nothing: () => ({ write: () => true }),
  'destination-sync': (file) => pino.destination({ dest: file, sync: true }),
  'funnel-mapped': (file) => destination({ file, mmap: 'require', linger: 0 }),
  'funnel-plain': (file) => destination({ file, mmap: 'never', linger: 0 }),
  'by level, mapped': (file) => destination({ file: `${file}-{level}`, mmap: 'require', linger: 0 }),
  'by field, mapped': (file) => destination({ file: `${file}-{field:user}`, mmap: 'require', linger: 0 }),
}

const WARM_UP = 20_000
/** Calls between two turns of the event loop: the worker yields now and then, as real ones do. */
const RECORDS_PER_TURN = 1000

const [name, file, count] = process.argv.slice(2)
mkdirSync(dirname(file), { recursive: true })
const log = pino({}, DESTINATIONS[name](file))

function burst(records) {
  for (let n = 0; n < records; n += 1) log.info({ n, user: 'u-1024', path: '/orders' }, 'request completed')
}

async function main() {
  burst(WARM_UP)
  const cpuBefore = process.cpuUsage()
  let elapsed = 0n
  const turns = Math.ceil(Number(count) / RECORDS_PER_TURN)
  for (let turn = 0; turn < turns; turn += 1) {
    const start = process.hrtime.bigint()
    burst(RECORDS_PER_TURN)
    elapsed += process.hrtime.bigint() - start
    await new Promise(setImmediate)
  }
  const cpu = process.cpuUsage(cpuBefore)
  const calls = turns * RECORDS_PER_TURN
  console.log(JSON.stringify({ elapsed: Number(elapsed) / calls, cpu: ((cpu.user + cpu.system) * 1000) / calls }))
}

void main()
