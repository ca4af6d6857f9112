/**
 * Sinks: places that records go to in addition to the log file, as a worker's options describe them.
 *
 * The worker resolves the options, because it knows the application's node_modules and current directory; the listener
 * decodes what the worker has stored.
 */
import { isAbsolute } from 'node:path'
import { isPlainObject } from '../util/json.ts'
import { levelNumber } from '../util/pino-fields.ts'

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
  /** The sink gets records of this level and above, and records without a level. */
  readonly level: number
  readonly stdout: SinkStdout
  /** The current directory of the worker: relative paths in `options` are meant from here. */
  readonly directory: string
  /** Bytes that may wait for the sink; what comes while they are full is dropped, and counted. */
  readonly maxQueueBytes: number
  /** Milliseconds after which a sink that takes nothing of what it was given is ended and started again. */
  readonly hangTimeout: number
}

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
