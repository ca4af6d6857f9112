// Logs, and resolves when all is in the file: { n } from 0 on. What runs it may have replaced anything.
const RECORDS = 2_000

exports.expectLogged = ({ pino, destination }, file) =>
  new Promise((resolve, reject) => {
    const stream = destination({ file, lifecycle: false })
    const logger = pino(stream)
    for (let n = 0; n < RECORDS; n += 1) logger.info({ n }, 'shipped')
    stream.flush((error) => (error instanceof Error ? reject(error) : resolve()))
  })
