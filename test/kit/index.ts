/** The part of the kit that works without vitest. Examples import it as `@pino-funnel/test/kit`. */
export { LogDirectory } from './log-directory.ts'
export { accepts, freePort } from './ports.ts'
export { removeInUse } from './remove-in-use.ts'
export { until, type UntilOptions } from './until.ts'
