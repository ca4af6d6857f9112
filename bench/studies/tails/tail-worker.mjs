/**
 * One contender of tails.mjs: `<contender> <log file> <records> <characters>`. Warms up, logs at full speed, and prints for
 * each call how long it took and how long its thread waited for a processor in it.
 */
import { mkdirSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { load } from '../../contenders/index.mjs'

/** As in the measure of the benchmarks. */
const PER_TURN = 100

const [name, file, records, characters] = process.argv.slice(2)
mkdirSync(dirname(file), { recursive: true })
const { open } = await load(name)
const logger = open(file)
const record = { n: 0, user: 'u-1024', path: '/orders', body: 'x'.repeat(Number(characters)) }

/** ns on a processor, then ns of waiting for one: Documentation/scheduler/sched-stats.rst of Linux. */
const schedule = openSync('/proc/thread-self/schedstat')
const text = Buffer.alloc(80)

function waited() {
  return Number(text.latin1Slice(0, readSync(schedule, text, 0, text.length, 0)).split(' ')[1])
}

async function log(count, each) {
  for (let n = 0; n < count; n += 1, record.n += 1) {
    each()
    if (n % PER_TURN === 0) await nextTurn()
  }
}

await log(Number(records) / 3, () => logger.log(record))
const calls = []
await log(Number(records), () => {
  const before = waited()
  const start = process.hrtime.bigint()
  logger.log(record)
  const took = Number(process.hrtime.bigint() - start)
  calls.push([took, waited() - before])
})
console.log(JSON.stringify(calls))
