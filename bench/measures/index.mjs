import { latency } from './latency.mjs'
import { logCall } from './log-call.mjs'
import { python } from './python.mjs'
import { reading } from './reading.mjs'
import { scale } from './scale.mjs'
import { shipping } from './shipping/index.mjs'
import { startExit } from './start-exit.mjs'
import { survival } from './survival.mjs'
import { systemCpu } from './system-cpu.mjs'
import { threads } from './threads.mjs'

/**
 * @typedef {object} Measure
 * @property {string} title
 * @property {(mode: { quick: boolean }) => any} parameters
 * @property {(parameters: any) => Promise<any>} run
 */

/** By the name that they have on the command line and in `results/`. @type {Record<string, Measure>} */
export const MEASURES = {
  survival,
  'log-call': logCall,
  'system-cpu': systemCpu,
  threads,
  latency,
  scale,
  'start-exit': startExit,
  shipping,
  reading,
  python,
}
