// A worker that runs well for a while, and then blocks its event loop. Prints the time when it does.
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { destination } from 'pino-funnel'

const [, , file] = process.argv
const logger = pino(destination({ file }))
logger.info('started')
// A random time, so that it is not in step with the polls of the listener.
await pause(2000 + Math.random() * 1000)
console.log(Date.now())
for (const end = performance.now() + 5000; performance.now() < end;);
