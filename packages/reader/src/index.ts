/**
 * Reads a log as one sequence of lines, whatever files it is in.
 *
 * - `files/`: which files belong to a log, and their contents
 * - `reading/`: which file comes after which, where lines end, the positions of the ledger, and what proves a cursor
 */
export { bytesBetween, extentOf, oldestPosition, type LogExtent } from './extent.ts'
export { timeAt } from './time-at.ts'
export type { ChannelOptions } from './files/channel-of.ts'
export { acquireHold, holdsOf, releaseHold, type Hold, type HoldOptions } from './holds.ts'
export { knownLogs, readKnownLogs } from './files/list-files.ts'
export { mergeByTime, type MergeOptions } from './merge-by-time.ts'
export { readLog, readPortions, type ReadOptions } from './read-log.ts'
export { portionsBackwards } from './reading/read-backwards.ts'
export type { Address } from './reading/addresses.ts'
export type { RotatedFile } from './reading/sequence-options.ts'
export { linesBackwards, linesOf, type LogLine, type Portion } from './reading/portion.ts'
