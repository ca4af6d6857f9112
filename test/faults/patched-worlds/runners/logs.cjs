// Logs, and resolves when all is in the file: { n } from 0 on. What runs it may have replaced anything.
const RECORDS = 2_000
/** The default, 10 s, can pass on a busy machine before a listener has started. */
const PATIENCE_MS = 60_000

exports.expectLogged = ({ pino, destination }, file) =>
  new Promise((resolve, reject) => {
    const stream = destination({ file, lifecycle: false, flushTimeout: PATIENCE_MS })
    const logger = pino(stream)
    for (let n = 0; n < RECORDS; n += 1) logger.info({ n }, 'shipped')
    stream.flush((error) => (error instanceof Error ? reject(error) : resolve()))
  })
