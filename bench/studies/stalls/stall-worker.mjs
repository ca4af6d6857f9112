// A worker that is well for a while, and then busy with something else than its event loop: prints when that begins.
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { destination } from 'pino-funnel'

const [, , file] = process.argv
const logger = pino(destination({ file }))
logger.info('started')
// Not in step with the listener's looks.
await pause(2000 + Math.random() * 1000)
console.log(Date.now())
for (const end = performance.now() + 5000; performance.now() < end;);
