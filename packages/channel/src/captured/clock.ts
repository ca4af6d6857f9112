/**
 * Clocks as Node.js had them when this module was loaded. Fake timers, zone.js and test environments replace them, and
 * logging has to go on.
 */
import { unfaked } from './unfaked.ts'

export const nextTick: typeof process.nextTick = unfaked(process.nextTick, 'nextTick')

const { uptime } = process

/** Milliseconds that only grow. Fake timers replace `performance` and `process.hrtime`, but not `process.uptime`. */
export const monotonicNow = (): number => uptime() * 1000

/** Milliseconds since 1970. */
export const wallNow: () => number = unfaked(Date, 'Date').now
