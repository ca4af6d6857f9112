/**
 * Reads a log as one sequence of lines, whatever files it is in.
 *
 * - `files/`: which files belong to a log, and their contents
 * - `reading/`: which file comes after which, where lines end, and what proves a position
 */
export { knownLogs } from './files/list-files.ts'
export { mergeByTime, type MergeOptions } from './merge-by-time.ts'
export { readLog, readPortions, type ReadOptions } from './read-log.ts'
export { portionsBackwards } from './reading/read-backwards.ts'
export { linesBackwards, linesOf, type LogLine, type Portion } from './reading/portion.ts'
