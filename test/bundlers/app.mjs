// The application that is bundled: <log file> [how].
import pino from 'pino'
import { destination } from 'pino-funnel'

const [file, how] = process.argv.slice(2)
if (how === 'transport') {
  const log = pino({ transport: { target: 'pino-funnel', options: { file, lifecycle: false } } })
  log.info('hello from a bundle')
} else {
  // A worker that finds no listener must not wait for long.
  const stream = destination({ file, lifecycle: false, ...(how === 'impatient' && { flushTimeout: 100 }) })
  pino(stream).info('hello from a bundle')
  stream.end()
}
