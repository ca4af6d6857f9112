/** The live picture of a log directory on a terminal. */
export { Sampler } from './top/sampler.ts'
export { NOTHING_CHOSEN, picture } from './top/picture.ts'
export { TopSession, type LevelKeys } from './top/top-session.ts'
