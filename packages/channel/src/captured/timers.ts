/** Timers as Node.js had them when this module was loaded: see `clock.ts`. */
import type * as Timers from 'node:timers'
import { unfaked } from './unfaked.ts'

const timers: typeof Timers = process.getBuiltinModule('node:timers')

export const setTimeout: typeof timers.setTimeout = unfaked(timers.setTimeout, 'setTimeout')
export const clearTimeout: typeof timers.clearTimeout = unfaked(timers.clearTimeout, 'clearTimeout')
export const setInterval: typeof timers.setInterval = unfaked(timers.setInterval, 'setInterval')
export const clearInterval: typeof timers.clearInterval = unfaked(timers.clearInterval, 'clearInterval')
export const setImmediate: typeof timers.setImmediate = unfaked(timers.setImmediate, 'setImmediate')
