/**
 * Sinks: places that records go to besides the log file. What a worker's options say of them, and what the listener
 * says of how they are.
 *
 * The worker resolves the options, because it knows the application's node_modules and current directory; the listener
 * decodes what the worker has stored.
 */
import { isAbsolute } from 'node:path'
import { FunnelError } from '../util/errors.ts'
import { findNonJson, isPlainObject } from '../util/json.ts'
import type { DropTally } from '../mailbox/drops.ts'
import { PINO_LEVELS } from '../util/pino-levels.ts'
import { applicationPlaces, resolveTarget, STDOUT_TARGET } from '../sink-target.ts'

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

const DEFAULT_QUEUE_BYTES = 16 * 1024 * 1024
const LEAST_QUEUE_BYTES = 1024 * 1024
const DEFAULT_HANG_TIMEOUT_MS = 30_000
const LEAST_HANG_TIMEOUT_MS = 1000

/** pino's own for one of several targets. */
const DEFAULT_LEVEL = 'info'

const KNOWN = ['target', 'options', 'level', 'stdout', 'maxQueueBytes', 'hangTimeout']

/** These write to stdout when they are not told where to. */
const WRITE_TO_STDOUT = new Set(['pino/file', 'pino-pretty'])

/**
 * Checks the option `sinks`: an array of `{ target, level, options }` as pino's `transport.targets`, and fills in what
 * is missing.
 *
 * @param from - files and directories from which targets are resolved, in this order
 * @throws FunnelError `FUNNEL_OPTION_*`, naming the option, what was expected and what came
 */
export function resolveSinks(given: unknown, from: readonly string[] = applicationPlaces(resolveSinks)): SinkOptions[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) throw wrong('sinks', `an array such as [{ target: 'pino-pretty', level: 'info' }]`, given)
  const names = new Map<string, number>()
  return given.map((sink: unknown, index) => {
    const resolved = resolveSink(sink, `sinks[${index}]`, from)
    const count = (names.get(resolved.name) ?? 0) + 1
    names.set(resolved.name, count)
    return count === 1 ? resolved : { ...resolved, name: `${resolved.name} #${count}` }
  })
}

function resolveSink(given: unknown, path: string, from: readonly string[]): SinkOptions {
  if (!isPlainObject(given)) throw wrong(path, `an object such as { target: 'pino-pretty', level: 'info' }`, given)
  refuseUnknown(given, path)
  const { target: name, options = {}, level = DEFAULT_LEVEL } = given
  const { maxQueueBytes = DEFAULT_QUEUE_BYTES, hangTimeout = DEFAULT_HANG_TIMEOUT_MS } = given
  if (typeof name !== 'string' || name === '') throw wrong(`${path}.target`, 'a module or a path', name)
  refuseUnfit(options, `${path}.options`)
  const number = levelNumber(level)
  if (number === undefined)
    throw wrong(`${path}.level`, `a number, or one of ${Object.keys(PINO_LEVELS).join(', ')}`, level)
  const { stdout = writesToStdout(name, options) ? 'application' : 'report' } = given
  if (!isStdout(stdout)) throw wrong(`${path}.stdout`, `'application' or 'report'`, stdout)
  if (!isWhole(maxQueueBytes, LEAST_QUEUE_BYTES)) {
    throw wrong(`${path}.maxQueueBytes`, `a whole number of bytes from ${LEAST_QUEUE_BYTES} on`, maxQueueBytes)
  }
  if (!isWhole(hangTimeout, LEAST_HANG_TIMEOUT_MS)) {
    throw wrong(`${path}.hangTimeout`, `whole milliseconds from ${LEAST_HANG_TIMEOUT_MS} on`, hangTimeout)
  }
  const target = resolveTarget(name, `${path}.target`, from)
  return { name, target, options, level: number, stdout, directory: process.cwd(), maxQueueBytes, hangTimeout }
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
      level: levelNumber(level) ?? levelNumber(DEFAULT_LEVEL) ?? 0,
      stdout: isStdout(stdout) ? stdout : 'report',
      directory: typeof directory === 'string' && isAbsolute(directory) ? directory : '/',
      maxQueueBytes: isWhole(maxQueueBytes, LEAST_QUEUE_BYTES) ? maxQueueBytes : DEFAULT_QUEUE_BYTES,
      hangTimeout: isWhole(hangTimeout, LEAST_HANG_TIMEOUT_MS) ? hangTimeout : DEFAULT_HANG_TIMEOUT_MS,
    },
  ]
}

/** Whether a listener for these sinks must be given the application's stdout when it is launched. */
export function wantStdout(sinks: readonly SinkOptions[]): boolean {
  return sinks.some((sink) => sink.stdout === 'application')
}

type Fields = Readonly<Record<string, unknown>>

function writesToStdout(target: string, options: Fields): boolean {
  if (target === STDOUT_TARGET) return true
  const { destination = 1 } = options
  return WRITE_TO_STDOUT.has(target) && destination === 1
}

function levelNumber(level: unknown): number | undefined {
  if (typeof level === 'number') return Number.isFinite(level) ? level : undefined
  return typeof level === 'string' && Object.hasOwn(PINO_LEVELS, level) ? PINO_LEVELS[level] : undefined
}

function refuseUnknown(given: Fields, path: string): void {
  const name = Object.keys(given).find((key) => !KNOWN.includes(key) && given[key] !== undefined)
  if (name === undefined) return
  const options = `The options of a sink are ${KNOWN.join(', ')}; those of its target belong into 'options'.`
  throw new FunnelError('FUNNEL_OPTION_UNKNOWN', `There is no option '${path}.${name}'. ${options}`)
}

/** The options travel to another process as JSON: what would not arrive as it is must not be lost in silence. */
function refuseUnfit(options: unknown, path: string): asserts options is Fields {
  if (!isPlainObject(options)) throw wrong(path, 'an object', options)
  const misfit = findNonJson(options, path)
  if (misfit) throw wrong(misfit.path, 'something that JSON can hold', misfit.value)
}

function isStdout(value: unknown): value is SinkStdout {
  return value === 'application' || value === 'report'
}

function isWhole(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
}

function wrong(path: string, expected: string, value: unknown): FunnelError {
  const shown = typeof value === 'string' ? JSON.stringify(value) : Object.prototype.toString.call(value)
  const seen = typeof value === 'number' || typeof value === 'bigint' ? String(value) : shown
  return new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `The option '${path}' must be ${expected}, but ${seen.slice(0, 100)} (${value === null ? 'null' : typeof value}) came.`,
  )
}
