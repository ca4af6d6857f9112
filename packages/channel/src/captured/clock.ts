/**
 * Timers and clocks that are what Node.js had when this module was loaded: fake timers, zone.js and test environments
 * replace them, and logging has to go on.
 */
import type * as Timers from 'node:timers'
import { unfaked } from './unfaked.ts'

const timers: typeof Timers = process.getBuiltinModule('node:timers')

export const setTimer: typeof timers.setTimeout = unfaked(timers.setTimeout, 'setTimeout')
export const clearTimer: typeof timers.clearTimeout = unfaked(timers.clearTimeout, 'clearTimeout')
export const setRepeating: typeof timers.setInterval = unfaked(timers.setInterval, 'setInterval')
export const clearRepeating: typeof timers.clearInterval = unfaked(timers.clearInterval, 'clearInterval')
export const setSoon: typeof timers.setImmediate = unfaked(timers.setImmediate, 'setImmediate')
export const nextTick: typeof process.nextTick = unfaked(process.nextTick, 'nextTick')

const { uptime } = process

/** Milliseconds that only grow. Not by `performance` or `process.hrtime`: these are faked, too. */
export const monotonicNow = (): number => uptime() * 1000

/** Milliseconds since 1970. */
export const wallNow: () => number = unfaked(Date, 'Date').now
