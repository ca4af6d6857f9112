/** The door `@pino-funnel/channel/internal`: what only tests and benchmarks need. */
export { NO_ROTATION } from './options/log-options.ts'
export { decodeSinks } from './options/log-sinks.ts'
