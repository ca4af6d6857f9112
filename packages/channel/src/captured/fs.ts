/**
 * The functions of `fs` that a worker needs, as Node.js had them when this module was loaded (what Node.js itself calls
 * primordials). Applications, tests and instrumentations replace functions of `fs` (graceful-fs, memfs, APM agents),
 * and a compiled `import { writeSync } from 'node:fs'` would find the replaced function at each call.
 *
 * What always holds in this room: a function is taken from Node.js once, when its module is loaded.
 *
 * `process.getBuiltinModule` gives the real module also where a test has put another in its place (`jest.mock('fs')`).
 *
 * Not here: functions that Node.js makes of others, which it looks up in `fs` at each call, such as `writeFileSync` and
 * `readFileSync` for anything else than UTF-8.
 */
import type * as Fs from 'node:fs'

const fs: typeof Fs = process.getBuiltinModule('node:fs')

export const constants: typeof fs.constants = fs.constants
export const accessSync: typeof fs.accessSync = fs.accessSync
export const chmodSync: typeof fs.chmodSync = fs.chmodSync
export const existsSync: typeof fs.existsSync = fs.existsSync
export const fchmodSync: typeof fs.fchmodSync = fs.fchmodSync
export const fstatSync: typeof fs.fstatSync = fs.fstatSync
export const ftruncateSync: typeof fs.ftruncateSync = fs.ftruncateSync
export const linkSync: typeof fs.linkSync = fs.linkSync
export const lstatSync: typeof fs.lstatSync = fs.lstatSync
export const mkdirSync: typeof fs.mkdirSync = fs.mkdirSync
export const openSync: typeof fs.openSync = fs.openSync
export const readdirSync: typeof fs.readdirSync = fs.readdirSync
export const readFileSync: typeof fs.readFileSync = fs.readFileSync
export const readlinkSync: typeof fs.readlinkSync = fs.readlinkSync
export const readSync: typeof fs.readSync = fs.readSync
/** That of the system: the other one makes a call for each part of the path. */
export const realpathSync: typeof fs.realpathSync.native = fs.realpathSync.native
export const renameSync: typeof fs.renameSync = fs.renameSync
export const rmdirSync: typeof fs.rmdirSync = fs.rmdirSync
export const rmSync: typeof fs.rmSync = fs.rmSync
export const statfsSync: typeof fs.statfsSync = fs.statfsSync
export const statSync: typeof fs.statSync = fs.statSync
export const unlinkSync: typeof fs.unlinkSync = fs.unlinkSync
export const writeSync: typeof fs.writeSync = fs.writeSync

const { closeSync: closeOrThrow } = fs

/**
 * Closes a descriptor. Never throws: the descriptor is given back also by a close that fails, each write has reported
 * its own error, and an error of a disk must not become an exception in the application's log call or timer.
 */
export function closeSync(descriptor: number): void {
  try {
    closeOrThrow(descriptor)
  } catch {
    // It was closed all the same: close(2).
  }
}

/** What `act` gives. The descriptor is closed when it throws, and stays open otherwise. */
export function closingOnError<T>(descriptor: number, act: () => T): T {
  try {
    return act()
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}
