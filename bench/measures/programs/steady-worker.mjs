// Logs `count` records at once, or one every `slowMs` until it is killed: see measures/shipping/commands.mjs.
import pino from 'pino'
import { destination } from 'pino-funnel'
import { setImmediate as turn } from 'node:timers/promises'

const { count, slowMs, options } = JSON.parse(process.argv[2])
const log = pino(destination({ ...options, maxMailboxBytes: 2 ** 40, maxChannelBytes: 2 ** 40 }))
const record = (n) => log.info({ n, path: '/orders', ms: n % 100, user: `user-${(n * 7919) % 10_007}` }, 'shipped')

if (slowMs === undefined) {
  for (let n = 0; n < count; n += 1) {
    record(n)
    if (n % 1000 === 0) await turn()
  }
} else {
  let n = 0
  setInterval(() => record(n++), slowMs)
}
