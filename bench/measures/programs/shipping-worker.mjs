// Logs bursts of records with the given destination, and sends what a call cost: see measures/shipping/calls.mjs.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { destination } from 'pino-funnel'
import { median } from '../../kit/statistics.mjs'

const WARM_UP = 20_000
/** The listener is at work then, and so is its shipper. */
const START_MS = 3000

const [{ file, ship, bursts, callsPerBurst, pauseMs }] = await once(process, 'message')
const log = pino(destination({ file, ship }))
for (let n = 0; n < WARM_UP; n += 1) log.info({ n, path: '/orders', ms: 12 }, 'warm')
await pause(START_MS)
process.send('ready')
await once(process, 'message')

const walls = []
let cpu = 0
for (let burst = 0; burst < bursts; burst += 1) {
  const before = process.cpuUsage()
  const begin = process.hrtime.bigint()
  for (let n = 0; n < callsPerBurst; n += 1) log.info({ n, path: '/orders', ms: 12 }, 'shipped')
  walls.push(Number(process.hrtime.bigint() - begin) / callsPerBurst)
  const { user, system } = process.cpuUsage(before)
  cpu += user + system
  await pause(pauseMs)
}
process.send({ wall: median(walls), cpu: (cpu * 1000) / (bursts * callsPerBurst) })
process.disconnect()
