/** Logs a record each 50 ms, or one at its beginning with the option `quiet`: file, options of `destination()`. */
import pino from 'pino'
import { destination } from 'pino-funnel'

const [file, options] = process.argv.slice(2)
const { quiet, ...given } = JSON.parse(options)
const log = pino(destination({ file, ...given }))
log.info('started')
process.send('ready')
process.on('message', (ms) => {
  for (const end = performance.now() + ms; performance.now() < end;);
})
if (!quiet) setInterval(() => log.info('at work'), 50)
