/**
 * Sinks: places that records go to besides the log file. What a worker's options say of them, and what the listener
 * says of how they are.
 *
 * The worker resolves the options, because it knows the application's node_modules and current directory; the listener
 * decodes what the worker has stored.
 */
import { isAbsolute } from 'node:path'
import { isPlainObject } from '../util/json.ts'
import type { DropTally } from '../mailbox/drops.ts'
import { levelNumber } from '../util/pino-levels.ts'

/** The target that writes to the application's stdout. It comes with the listener. */
export const STDOUT_TARGET = 'pino-funnel/stdout'

/** Where what a sink writes to file descriptor 1 goes: the stdout of the application, or the listener's report. */
export type SinkStdout = 'application' | 'report'

/** One sink, with all defaults filled in. It survives JSON. */
export interface SinkOptions {
  /** What it is called in status and records: the target as it was given, with a number when that is not unique. */
  readonly name: string
  /** Absolute path of a module that makes a stream, as for a pino transport, or a built-in target's name. */
  readonly target: string
  /** What the module's function is called with. */
  readonly options: Readonly<Record<string, unknown>>
  /** The sink gets records of this level and above, and those that tell none. */
  readonly level: number
  readonly stdout: SinkStdout
  /** The current directory of the worker: relative paths in `options` are meant from here. */
  readonly directory: string
  /** Bytes that may wait for the sink; what comes while they are full is dropped, and counted. */
  readonly maxQueueBytes: number
  /** Milliseconds after which a sink that takes nothing of what it was given is ended and started again. */
  readonly hangTimeout: number
}

/**
 * - `starting`: its process is being started
 * - `running`
 * - `hung`: takes nothing of what it was given, and will be killed
 * - `restarting`: it failed, and the next start waits
 * - `closing`: takes what is left
 * - `closed`
 */
export type SinkState = 'starting' | 'running' | 'hung' | 'restarting' | 'closing' | 'closed'

/** What a listener says of one sink. Counts are of records. */
export interface SinkStatus {
  readonly sink: string
  readonly state: SinkState
  readonly pid: number | null
  /** Given to the target's stream, which has taken them. */
  readonly delivered: number
  /** Let go because too much waited or the listener left. */
  readonly dropped: number
  /** In the hands of a process of the sink that ended: they may have arrived, and are not sent again. */
  readonly unconfirmed: number
  /** Bytes that wait. */
  readonly waiting: number
  readonly restarts: number
  /** Why it was last restarted. */
  readonly lastError: string | null
}

/** What there is to say about sinks in the log. */
export type SinkNotice =
  /** Causes are `'queue full'`, `'unconfirmed'` (see {@link SinkStatus.unconfirmed}) and `'closed'`. */
  | ({ readonly event: 'sink-dropped'; readonly sink: string } & DropTally)
  /** It failed after it had been well. It is restarted, and told of again only when it has been well for a while. */
  | { readonly event: 'sink-failed'; readonly sink: string; readonly error: string }

/** The level is pino's own for one of several targets. */
export const SINK_DEFAULTS: Pick<SinkOptions, 'level' | 'maxQueueBytes' | 'hangTimeout'> = {
  level: 30,
  maxQueueBytes: 16 * 1024 * 1024,
  hangTimeout: 30_000,
}
export const SINK_MINIMUMS: Pick<SinkOptions, 'maxQueueBytes' | 'hangTimeout'> = {
  maxQueueBytes: 1024 * 1024,
  hangTimeout: 1000,
}

/**
 * Makes sense of what was read from a file: an entry without a usable target is left out, a field that is missing or
 * wrong gets its default. Another version may have written it.
 */
export function decodeSinks(value: unknown): SinkOptions[] {
  return Array.isArray(value) ? value.flatMap((sink: unknown) => decodeSink(sink)) : []
}

function decodeSink(value: unknown): SinkOptions[] {
  if (!isPlainObject(value)) return []
  const { name, target, options, level, stdout, directory, maxQueueBytes, hangTimeout } = value
  if (typeof target !== 'string' || !(isAbsolute(target) || target === STDOUT_TARGET)) return []
  return [
    {
      name: typeof name === 'string' ? name : target,
      target,
      options: isPlainObject(options) ? options : {},
      level: levelNumber(level) ?? SINK_DEFAULTS.level,
      stdout: isStdout(stdout) ? stdout : 'report',
      directory: typeof directory === 'string' && isAbsolute(directory) ? directory : '/',
      maxQueueBytes: isWhole(maxQueueBytes, SINK_MINIMUMS.maxQueueBytes) ? maxQueueBytes : SINK_DEFAULTS.maxQueueBytes,
      hangTimeout: isWhole(hangTimeout, SINK_MINIMUMS.hangTimeout) ? hangTimeout : SINK_DEFAULTS.hangTimeout,
    },
  ]
}

/** Whether a listener for these sinks must be given the application's stdout when it is launched. */
export function wantStdout(sinks: readonly SinkOptions[]): boolean {
  return sinks.some((sink) => sink.stdout === 'application')
}

function isStdout(value: unknown): value is SinkStdout {
  return value === 'application' || value === 'report'
}

function isWhole(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}
