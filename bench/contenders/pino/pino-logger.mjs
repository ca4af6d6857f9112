import pino from 'pino'

/** A pino logger as a contender, on any stream. */
export function pinoOn(stream) {
  const logger = pino({}, stream)
  return { log: (record) => logger.info(record, 'request completed') }
}

/** The same, where the docs of pino name `flush` as the way to hand over buffered lines. */
export function bufferedPinoOn(stream) {
  const logger = pino({}, stream)
  return {
    log: (record) => logger.info(record, 'request completed'),
    settle: () => new Promise((resolve, reject) => logger.flush((error) => (error ? reject(error) : resolve()))),
  }
}
