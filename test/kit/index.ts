/** What of the kit works without vitest, so that examples can use it, as `@pino-funnel/test/kit`. */
export { LogDirectory } from './log-directory.ts'
export { until, type UntilOptions } from './until.ts'
