/** Logs so many records a second into a file, `Infinity` for as many as it can: file, rate. */
import pino from 'pino'
import { destination } from 'pino-funnel'

const [file, rate] = process.argv.slice(2)
const log = pino(destination({ file, limit: { count: 1 }, size: '100m' }))
const EVERY_MS = 100
const each = rate === 'Infinity' ? 500 : Math.ceil((Number(rate) * EVERY_MS) / 1000)
log.info('started')
process.send('ready')

function more() {
  for (let n = 0; n < each; n += 1) log.info({ n, url: '/orders' }, 'request completed')
  if (rate === 'Infinity') setImmediate(more)
  else setTimeout(more, EVERY_MS)
}
more()
