/**
 * Starting a process, as Node.js did it when this module was loaded (see `fs.ts`), or when a process is first started:
 * few workers start one, and to load node:child_process takes half as long as to make a mailbox. A program that replaces
 * its functions has mostly loaded it before.
 */
import type * as ChildProcess from 'node:child_process'

type Functions = Pick<typeof ChildProcess, 'spawn' | 'spawnSync'>

/** Of Node.js's own modules, those that are loaded. */
const { moduleLoadList } = process as { moduleLoadList?: readonly string[] }
let captured: Functions | undefined

if (moduleLoadList?.includes('NativeModule child_process') !== false) childProcess()

export function childProcess(): Functions {
  captured ??= pick(process.getBuiltinModule('node:child_process'))
  return captured
}

function pick({ spawn, spawnSync }: typeof ChildProcess): Functions {
  return { spawn, spawnSync }
}
