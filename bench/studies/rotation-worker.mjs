/** One contender of rotation.mjs: floods the file until everything is in it, prints ns per record: elapsed, and of CPU. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import pino from 'pino'
import { destination } from 'pino-funnel'

const OPTIONS = {
  none: {},
  'rotation at 10 MB': { size: '10m' },
  'rotation at 1 MB, 5 kept': { size: '1m', limit: { count: 5 } },
  'rotation at 10 MB, gzip': { size: '10m', compress: 'gzip', limit: { count: 5 } },
  'a sink': { sinks: [{ target: 'pino/file', options: { destination: '/dev/null' } }] },
}
const RECORDS_PER_TURN = 1000

const [name, file, count] = process.argv.slice(2)
mkdirSync(dirname(file), { recursive: true })
const stream = destination({
  file,
  mmap: 'require',
  linger: 0,
  maxMailboxBytes: 2 ** 40,
  maxChannelBytes: 2 ** 40,
  ...OPTIONS[name],
})
const log = pino({}, stream)

function flushed() {
  return new Promise((resolve, reject) => stream.flush((error) => (error ? reject(error) : resolve())))
}

// The listener is there, and so is the sink's process.
log.info('first')
await flushed()

const cpuBefore = process.cpuUsage()
const start = process.hrtime.bigint()
for (let n = 0; n < Number(count); n += 1) {
  log.info({ n, user: 'u-1024', path: '/orders' }, 'request completed')
  if (n % RECORDS_PER_TURN === 0) await new Promise(setImmediate)
}
const cpu = process.cpuUsage(cpuBefore)
await flushed()
const elapsed = Number(process.hrtime.bigint() - start) / Number(count)
console.log(JSON.stringify({ elapsed, cpu: ((cpu.user + cpu.system) * 1000) / Number(count) }))
