/**
 * The door `@pino-funnel/channel/captured`: what a worker needs of Node.js, as it was when this package was loaded, and
 * modules that are found at run time. Whatever an application replaces later, logging goes on with these.
 */
export { childProcess } from './captured/child-process.ts'
export { monotonicNow, nextTick, wallNow } from './captured/clock.ts'
export * as capturedFs from './captured/fs.ts'
export { realProcess } from './captured/process.ts'
export * as timers from './captured/timers.ts'
export { argumentsForModules, resolveInstalled } from './util/installed.ts'
