/**
 * What identifies this thread: its process, its program and its place in a pool.
 *
 * What always holds in this room: it only observes. It needs no configuration, and loads no pool library.
 */
import {
  bootId,
  kernelThread,
  pidNamespace,
  processStart,
  type LogOptions,
  type WriterProfile,
  type SyncPolicy,
  type WorkerName,
} from '@pino-funnel/channel'
import { wallNow } from '@pino-funnel/channel/captured'
import { basename, dirname, resolve } from 'node:path'
import { isMainThread, threadId } from 'node:worker_threads'
import { poolPlace } from './pool-detection.ts'
import { isPinoThread, startedScript } from './started-script.ts'

/** Names of programs and pools are for people; longer ones are cut. */
const MAX_NAME_CHARACTERS = 100

/** The pool, slot, process and thread of a worker, for pino's option `base`. */
export interface WorkerBindings {
  /**
   * What this thread works for: `'cluster'`, `'piscina'`, `'tinypool'`, `'workerpool'`, `'jest-worker'`, `'jest'`,
   * `'vitest'`, or the name of its app in PM2; `undefined` for any other process or thread.
   */
  readonly pool: string | undefined
  /** The number that the pool gives to this worker, and to its replacement; `undefined` when it gives none. */
  readonly slot: number | undefined
  readonly pid: number
  /** `threadId` of node:worker_threads: 0 in the main thread. */
  readonly thread: number
}

/**
 * The pool, slot, process and thread of this worker, found without any configuration. pino leaves out what is
 * `undefined`.
 *
 * ```js
 * const log = pino({ base: workerBindings() }, destination({ file: 'logs/app.log' }))
 * ```
 */
export function workerBindings(): WorkerBindings {
  const { pool, slot } = poolPlace()
  return { pool: pool?.slice(0, MAX_NAME_CHARACTERS), slot, pid: process.pid, thread: threadId }
}

/** A name that a worker's replacement has, too, where the pool gives numbers; otherwise one of its own. */
export function workerName(): string {
  const { pool, slot } = poolPlace()
  if (slot !== undefined) return `${pool === 'cluster' ? 'worker' : pool}-${slot}`
  return isMainThread ? `${process.pid}` : `${process.pid}-${threadId}`
}

/** The directory from which the application's modules are resolved. A pool's own script is not the application's. */
export function applicationDirectory(): string {
  const script = startedScript()
  const isInstalled = script !== undefined && /[\\/]node_modules[\\/]/.test(script)
  return script === undefined || isInstalled ? currentDirectory() : dirname(resolve(script))
}

/** A deploy may have deleted it. */
function currentDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}

/** This thread, for a record of pino-funnel about it. */
export function noticedWorker(): WorkerName {
  const { pool, slot, pid, thread } = workerBindings()
  const place = { ...(pool !== undefined && { pool }), ...(slot !== undefined && { slot }) }
  return { worker: pid, thread, program: programName(), ...place }
}

function programName(): string {
  return basename(startedScript() ?? process.execPath).slice(0, MAX_NAME_CHARACTERS)
}

/** What the header of this thread's mailbox says of it, the options for its log file included. */
export function profileOfWorker(file: string, log: LogOptions, sync: SyncPolicy): WriterProfile {
  const { pool, slot } = workerBindings()
  return {
    role: 'worker',
    sync,
    file,
    log,
    pid: process.pid,
    ppid: process.ppid,
    threadId,
    kernelThread: kernelThread(),
    reportsItsExit: isMainThread || isPinoThread(),
    pidNamespace: pidNamespace(),
    start: processStart(process.pid),
    boot: bootId(),
    application: applicationDirectory(),
    program: programName(),
    pool,
    slot,
    since: wallNow(),
  }
}
