// Logs bursts of records, and prints the median of ns per call: <log file> [address of a NATS server].
import pino from 'pino'
import { destination } from 'pino-funnel'
import { setTimeout as pause } from 'node:timers/promises'
import { median } from '../../kit/statistics.mjs'

const BURSTS = 300
const CALLS = 200

const [file, servers] = process.argv.slice(2)
const log = pino(destination({ file, ...(servers && { ship: [{ to: 'nats', options: { servers, create: true } }] }) }))
for (let n = 0; n < 20_000; n++) log.info({ n }, 'warm')
// The listener, and its shipper, are at work then.
await pause(3000)
const costs = []
for (let burst = 0; burst < BURSTS; burst++) {
  const begin = process.hrtime.bigint()
  for (let n = 0; n < CALLS; n++) log.info({ n }, 'record')
  costs.push(Number(process.hrtime.bigint() - begin) / CALLS)
  await pause(5)
}
console.log(median(costs))
