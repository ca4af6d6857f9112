// Logs and flushes in a patched world, and again at a word on stdin: { file, world, patched: 'before' | 'after', mmap }.
const { readSync, writeSync } = require('node:fs')
const worlds = require('./worlds.cjs')

const { file, world, patched, mmap } = JSON.parse(process.argv[2])
const RECORDS = 2_000
/** The default, 10 s, can pass on a busy machine before another listener has started. */
const PATIENCE_MS = 100_000
let logged = 0

/** Past everything that is patched. */
const say = (text) => void writeSync(1, `${text}\n`)
const waitToBeTold = () => void readSync(0, Buffer.alloc(1))

if (patched === 'before') worlds[world]()
const { default: pino } = require('pino')
const { destination } = require('pino-funnel')
if (patched === 'after') worlds[world]()

const stream = destination({ file, mmap, lifecycle: false, flushTimeout: PATIENCE_MS })
const logger = pino(stream)
stream.on('warning', ({ code, message }) => say(`warning ${code} ${message}`))

logSome(() => {
  say('flushed once')
  waitToBeTold()
  logSome(() => say('flushed again'))
})

function logSome(then) {
  for (const end = logged + RECORDS; logged < end; logged += 1) logger.info({ n: logged }, 'shipped')
  stream.flush((error) => (error ? say(`failed ${error.message}`) : then()))
}
