// Logs before, while and after mock-fs has put its own file system below fs: { file, mmap, opened: 'before' | 'while' }.
const { writeSync } = require('node:fs')
const mock = require('mock-fs')
const pino = require('pino')
const { destination } = require('pino-funnel')

const { file, mmap, opened } = JSON.parse(process.argv[2])
const say = (text) => void writeSync(1, `${text}\n`)
/** Of the flush at the end. The default, 10 s, can pass on a busy machine before a listener has started. */
const PATIENCE_MS = 100_000
let n = 0

if (opened === 'while') mock({})
try {
  const stream = destination({ file, mmap, lifecycle: false, flushTimeout: PATIENCE_MS })
  const logger = pino(stream)
  const logTen = () => {
    for (const end = n + 10; n < end; n += 1) logger.info({ n }, 'shipped')
  }
  logTen()
  mock({})
  logTen()
  mock.restore()
  logTen()
  stream.end()
  stream.on('close', () => say('closed'))
} catch (error) {
  mock.restore()
  say(`${error.code}: ${error.message}`)
}
