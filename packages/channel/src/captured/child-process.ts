/** Starting a process, as Node.js did it when this module was loaded: see `fs.ts`. */
import type * as ChildProcess from 'node:child_process'

const childProcess: typeof ChildProcess = process.getBuiltinModule('node:child_process')

export const spawn: typeof childProcess.spawn = childProcess.spawn
export const spawnSync: typeof childProcess.spawnSync = childProcess.spawnSync
