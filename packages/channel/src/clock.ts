/**
 * Timers and a clock that are what Node.js had when this module was loaded: fake timers, zone.js and test environments
 * replace the global ones, and logging has to go on.
 */
import timers from 'node:timers'
import { performance } from 'node:perf_hooks'

export const setTimer: typeof timers.setTimeout = timers.setTimeout
export const clearTimer: typeof timers.clearTimeout = timers.clearTimeout
export const setRepeating: typeof timers.setInterval = timers.setInterval
export const clearRepeating: typeof timers.clearInterval = timers.clearInterval
export const setSoon: typeof timers.setImmediate = timers.setImmediate

/** Milliseconds that only grow. */
export const monotonicNow: () => number = performance.now.bind(performance)
