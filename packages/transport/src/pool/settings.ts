/**
 * How a pool's parent configures the logger of its workers: by the environment, or by workerData, which takes
 * precedence.
 *
 * | | environment | `workerData.pinoFunnel` |
 * | --- | --- | --- |
 * | log file | PINO_FUNNEL_FILE | `file` |
 * | level | PINO_FUNNEL_LEVEL | `level` |
 * | the other options of `destination()` | PINO_FUNNEL_OPTIONS: a JSON object | by their names |
 */
import { FunnelError, isRecord, PINO_LEVELS } from '@pino-funnel/channel'
import { resolve } from 'node:path'
import { workerData } from 'node:worker_threads'
import { pathOption } from '../options/file-option.ts'
import { optional, show, type Given } from '../options/option-checks.ts'
import type { DestinationOptions } from '../options/destination-options.ts'
import { resolveOptions } from '../options/resolve-options.ts'

/** What the workers of a pool log with. */
export interface PoolOptions extends DestinationOptions {
  /**
   * The lowest level that is logged: one of pino's, or `'silent'`.
   * @defaultValue `'info'`, as in pino
   */
  readonly level?: string
}

export interface PoolSettings {
  readonly level: string
  readonly destination: DestinationOptions
}

const FILE = 'PINO_FUNNEL_FILE'
const LEVEL = 'PINO_FUNNEL_LEVEL'
const OPTIONS = 'PINO_FUNNEL_OPTIONS'

const DEFAULT_LEVEL = 'info'
const LEVELS = [...Object.keys(PINO_LEVELS), 'silent']

/**
 * The environment for the workers of a pool, in which the `logger` of `pino-funnel/pool` logs with these options.
 *
 * ```js
 * const env = { ...process.env, ...poolEnvironment({ file: 'logs/app.log', level: 'debug' }) }
 * const pool = new Piscina({ filename, env })
 * ```
 *
 * For every process and thread that is started from now on: `Object.assign(process.env, poolEnvironment(options))`.
 *
 * @param options - as for `destination()`, and `level`. Paths are relative to the current directory of this process
 * @throws FunnelError as `destination()` does: a mistake is known here, not only in the workers
 */
export function poolEnvironment(options: PoolOptions): Record<string, string> {
  // Makes the log directory, too, as the workers would.
  resolveOptions(settingsFrom({ ...options }).destination)
  const { file: _, level, channelDir, ...others } = options
  const given: Given = { ...options }
  const json = JSON.stringify({
    ...others,
    ...(channelDir !== undefined && { channelDir: resolve(pathOption(given, 'channelDir')) }),
  })
  return {
    [FILE]: resolve(pathOption(given, 'file')),
    ...(level !== undefined && { [LEVEL]: level }),
    ...(json !== '{}' && { [OPTIONS]: json }),
  }
}

/**
 * The settings that this worker got from its parent.
 *
 * @throws FunnelError `FUNNEL_POOL_UNCONFIGURED` when it got no file, `FUNNEL_OPTION_INVALID`
 */
export function poolSettings(): PoolSettings {
  const given = { ...fromEnvironment(process.env), ...fromWorkerData(workerData) }
  if (given['file'] === undefined) throw unconfigured()
  return settingsFrom(given)
}

function settingsFrom(given: Given): PoolSettings {
  const { level: _, ...destination } = given
  const level = optional(given, 'level', `one of ${LEVELS.join(', ')}`, isLevel, DEFAULT_LEVEL)
  // `destination()` checks the other options.
  return { level, destination: destination as unknown as DestinationOptions }
}

/** A variable that is set to nothing is as good as none: a shell can't always take one away. */
function fromEnvironment({ [FILE]: file, [LEVEL]: level, [OPTIONS]: options }: NodeJS.ProcessEnv): Given {
  return { ...(options && parseOptions(options)), ...(level && { level }), ...(file && { file }) }
}

/** tinypool passes on what its user gave among things of its own. */
function fromWorkerData(data: unknown): Given {
  const places: unknown[] = Array.isArray(data) ? data : [data]
  const settings = places.map((place) => (isRecord(place) ? place['pinoFunnel'] : undefined)).find(isRecord)
  return settings ?? {}
}

function parseOptions(text: string): Given {
  let options: unknown
  try {
    options = JSON.parse(text)
  } catch {
    options = undefined
  }
  if (isRecord(options)) return options
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `Variable ${OPTIONS} must be a JSON object with options of destination(), such as {"size":"10m"}; got ${show(text)}.`,
  )
}

function isLevel(value: unknown): value is string {
  return typeof value === 'string' && LEVELS.includes(value)
}

function unconfigured(): FunnelError {
  return new FunnelError(
    'FUNNEL_POOL_UNCONFIGURED',
    `The logger of pino-funnel/pool has no log file. In the pool's parent, start the workers with the environment ` +
      `{ ...process.env, ...poolEnvironment({ file: 'logs/app.log' }) }, or with workerData that has ` +
      `pinoFunnel: { file }; or set ${FILE}.`,
  )
}
