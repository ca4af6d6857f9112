/** The live picture of a log directory on a terminal. */
export { Sampler } from './top/sampler.ts'
export { TopSession } from './top/top-session.ts'
